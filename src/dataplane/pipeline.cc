#include "dataplane/pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pthread.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "config/shunt.h"
#include "dataplane/distributor.h"
#include "dataplane/queue_layout.h"
#include "drivers/ethdev/device.h"
#include "drivers/ethdev/port_queues.h"
#include "drivers/ethdev/sizes.h"
#include "drivers/xdp/attachment.h"

namespace baleen::dataplane {
namespace {

// Where the worker waits for its reader, a ring has to bridge the reader's pauses only (52 000
// records), and a large one costs more to allocate than a short capture to read.
constexpr uint64_t waiting_ring_bytes_max = 8u << 20;

// The clock of each NIC is read in every 5th housekeeping: about once a second.
constexpr uint32_t housekeepings_per_calibration = 5;

static_assert(drivers::distributor_slots == PacketRing::slot_count);

Idle idle_of(const std::string& text) {
    if (text == "pause") return Idle::pause;
    if (text == "sleep") return Idle::sleep;
    return text == "umwait" ? Idle::umwait : Idle::poll;
}

void pin_to(const std::string& core) {
    unsigned number = 0;
    std::from_chars(core.data(), core.data() + core.size(), number);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(number, &set);
    ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

int64_t wall_clock_ns() {
    return std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

void set_name(stats::PortStats& port, const std::string& name) {
    name.copy(port.name, sizeof port.name - 1);
}

std::string name_of_files(const std::vector<std::string>& files) {
    if (files.size() > 1) return fmt::format("{} files", files.size());
    return files[0] == "-" ? "standard input" : files[0].substr(files[0].rfind('/') + 1);
}

}  // namespace

Pipeline::Pipeline(const config::Settings& settings, uint64_t run_id)
    : settings_(settings),
      run_id_(run_id),
      control_(settings.is_live(), idle_of(settings.worker.idle)) {}

Pipeline::~Pipeline() {
    threads_.clear();
    stages_.clear();
}

base::Result<std::unique_ptr<Pipeline>> Pipeline::create(const config::Settings& settings,
                                                         uint64_t run_id,
                                                         std::vector<std::string>& notices) {
    if (settings.worker.idle == "umwait" && !cpu_can_umwait())
        return base::Error{
            "worker.idle is umwait, but this CPU has no WAITPKG instructions; take pause or sleep"};
    std::unique_ptr<Pipeline> pipeline(new Pipeline(settings, run_id));
    auto worker = make_worker_settings(settings, notices);
    if (!worker) return worker.error();
    pipeline->worker_settings_ = *worker;
    pipeline->worker_settings_.losses = &pipeline->losses_;

    auto filter = packet::CaptureFilter::compile(settings.source.filter);
    if (!filter) return filter.error();
    std::string notice;
    pipeline->filter_ = FilterJit(std::move(*filter), notice);
    if (!notice.empty()) notices.push_back(notice);
    auto wanted = packet::CaptureFilter::compile(settings.capture.filter);
    if (!wanted) return base::Error{"capture.filter: " + wanted.error().message};
    std::string capture_notice;
    pipeline->capture_filter_ = FilterJit(std::move(*wanted), capture_notice);
    if (!capture_notice.empty()) notices.push_back("capture.filter: " + capture_notice);
    pipeline->worker_settings_.capture_filter = &pipeline->capture_filter_;
    pipeline->worker_settings_.interfaces = &pipeline->interfaces_;
    if (auto status = pipeline->create_shared_memory(); !status) return status.error();
    if (settings.is_live())
        if (auto status = pipeline->open_ports(notices); !status) return status.error();
    if (auto status = pipeline->build(notices); !status) return status.error();
    if (auto status = pipeline->add_writers(); !status) return status.error();
    return pipeline;
}

base::Status Pipeline::create_shared_memory() {
    auto stats = ring::create_stats();
    if (!stats) return stats.error();
    stats_ = std::move(*stats);
    stats::SegmentHeader& header = stats_.view.segment->header;
    header.run_id = run_id_;
    header.worker_count = static_cast<uint32_t>(settings_.worker.count);
    header.is_live = settings_.is_live() ? 1 : 0;
    const uint64_t ring_bytes = worker_settings_.wait_for_reader
                                    ? std::min(settings_.ring.size_bytes, waiting_ring_bytes_max)
                                    : settings_.ring.size_bytes;
    for (uint32_t i = 0; i < settings_.worker.count; i++) {
        auto ring = ring::create_ring(ring_bytes, run_id_, i, header.worker_count);
        if (!ring) return ring.error();
        rings_.push_back(std::move(*ring));
    }
    return base::Ok{};
}

base::Status Pipeline::open_ports(std::vector<std::string>& notices) {
    if (settings_.source.devices.size() > limits::port_count_max)
        return base::Error{fmt::format("{} devices are more than the {} this program handles",
                                       settings_.source.devices.size(), limits::port_count_max)};
    std::vector<drivers::Device> devices;
    std::vector<std::string> refusals;
    const std::string xdp_program = prepare_xdp_program(notices);
    for (const std::string& name : settings_.source.devices) {
        auto device = drivers::resolve_device(name, devices.size(), settings_, xdp_program);
        if (device) devices.push_back(std::move(*device));
        else refusals.push_back(device.error().message);
    }
    if (devices.empty()) return base::Error{fmt::format("{}", fmt::join(refusals, "; "))};
    std::string notice;
    auto eal = drivers::Eal::start(settings_, devices, notice);
    if (!eal) return eal.error();
    eal_ = std::make_unique<drivers::Eal>(std::move(*eal));
    if (!notice.empty()) notices.push_back(notice);
    for (const drivers::Device& device : devices)
        if (auto status = open_port(device, notices); !status)
            refusals.push_back(status.error().message);
    if (ports_.empty()) return base::Error{fmt::format("{}", fmt::join(refusals, "; "))};
    for (const std::string& refusal : refusals)
        notices.insert(notices.begin(), fmt::format("{}; going on without it", refusal));
    set_shunt_texts();
    stats_.view.segment->header.port_count = static_cast<uint32_t>(ports_.size());
    clock_ = std::make_unique<base::TscClock>();
    return base::Ok{};
}

base::Status Pipeline::open_port(const drivers::Device& device, std::vector<std::string>& notices) {
    const size_t index = ports_.size();
    std::string notice;
    auto port = drivers::Port::open(device, index, settings_, notice);
    if (!port) return port.error();
    notices.push_back(notice);
    const drivers::XdpAttachment xdp = drivers::find_xdp(device.interface);
    auto steering = open_steering(port->name(), xdp, notices);
    if (!steering) return steering.error();
    stats::PortStats& stats = stats_.view.segment->ports[index];
    set_name(stats, port->name());
    stats.xdp_interface_index = xdp.interface_index;
    stats.xdp_program_id = xdp.program_id;
    stats.queue_count = port->queue_count();
    stats.clock_source = port->nic_clock() ? stats::ClockSource::nic : stats::ClockSource::tsc;
    ports_.push_back(std::move(*port));
    steerings_.push_back(std::move(*steering));
    return base::Ok{};
}

// The path of the program for AF_XDP sockets, or nothing: then it is the driver's.
std::string Pipeline::prepare_xdp_program(std::vector<std::string>& notices) {
    drivers::silence_libbpf();
    if (settings_.xdp.program == "off") return {};
    auto program = drivers::SteerProgram::prepare(settings_.xdp.program);
    if (!program) {
        notices.push_back(fmt::format("without the XDP program ({}): {}", settings_.xdp.program,
                                      program.error().message));
        return {};
    }
    xdp_program_ = std::make_unique<drivers::SteerProgram>(std::move(*program));
    return xdp_program_->path();
}

// Null: no program of ours is in front of the port.
base::Result<std::unique_ptr<drivers::Steering>> Pipeline::open_steering(
    const std::string& name, const drivers::XdpAttachment& xdp, std::vector<std::string>& notices) {
    if (!xdp_program_ || !drivers::Steering::is_steered(xdp)) {
        if (!settings_.xdp.shunt.empty())
            notices.push_back(
                fmt::format("{}: nothing is shunted, for the XDP program is not in "
                            "front of it",
                            name));
        return std::unique_ptr<drivers::Steering>();
    }
    const auto shunts = config::parse_shunts(settings_.xdp.shunt);
    if (!shunts) return shunts.error();
    auto steering = drivers::Steering::open(xdp, *shunts, settings_.xdp.shunt_flows_max);
    if (!steering)
        return base::Error{fmt::format("the XDP program on {} cannot be used: {}", name,
                                       steering.error().message)};
    return std::make_unique<drivers::Steering>(std::move(*steering));
}

void Pipeline::set_shunt_texts() {
    if (std::ranges::all_of(steerings_, [](const auto& steering) { return !steering; })) return;
    for (size_t i = 0; i < settings_.xdp.shunt.size(); i++)
        settings_.xdp.shunt[i].copy(stats_.view.segment->shunts[i].text,
                                    limits::shunt_text_bytes - 1);
}

base::Status Pipeline::build(std::vector<std::string>& notices) {
    if (settings_.is_live()) return build_on_ports(notices);
    stats::PortStats& port = stats_.view.segment->ports[0];
    set_name(port, name_of_files(settings_.source.files));
    port.clock_source = stats::ClockSource::file;
    stats_.view.segment->header.port_count = 1;
    return build_threads(drivers::ReplaySource(settings_.source.files, port));
}

drivers::EthdevSource Pipeline::source_of(std::vector<drivers::EthdevSource::Queue> queues) {
    uint64_t descriptors = 0;
    for (const auto& queue : queues) descriptors += ports_[queue.port_index].rx_descriptors();
    return {std::move(queues), *clock_, descriptors};
}

// Each worker gets its own queue of every port where that keeps flows whole; else all queues are
// one source.
base::Status Pipeline::build_on_ports(std::vector<std::string>& notices) {
    std::vector<PortQueues> ports;
    for (const drivers::Port& port : ports_)
        ports.push_back({port.name(), port.queue_count(), &port.steering(), port.why_unknown()});
    const auto worker_count = static_cast<uint32_t>(settings_.worker.count);
    const QueueLayout layout = lay_out_queues(ports, worker_count);
    if (!layout.notice.empty()) notices.push_back(layout.notice);

    std::vector<std::vector<drivers::EthdevSource::Queue>> shares(layout.own_queues ? worker_count
                                                                                    : 1);
    for (size_t port = 0; port < ports_.size(); port++)
        for (const auto& queue : drivers::queues_of(ports_[port], port, layout.own_queues,
                                                    stats_.view.segment->ports[port]))
            shares[queue.queue_id % shares.size()].push_back(queue);
    if (!layout.own_queues) return build_threads(source_of(std::move(shares[0])));
    for (uint32_t i = 0; i < worker_count; i++)
        if (auto status = add_worker(source_of(std::move(shares[i])), i); !status) return status;
    return base::Ok{};
}

// One worker takes from the source itself; more of them get a distributor in between.
template <class Source>
base::Status Pipeline::build_threads(Source source) {
    const auto worker_count = static_cast<uint32_t>(settings_.worker.count);
    if (worker_count == 1) return add_worker(std::move(source), 0);
    auto distributor = std::make_shared<Distributor<Source>>(
        std::move(source), worker_settings_, worker_count, settings_.is_live(),
        stats_.view.segment->workers[worker_count]);
    for (uint32_t i = 0; i < worker_count; i++)
        if (auto status = add_worker(
                DistributedSource<Source>(distributor->ring(i), distributor->source()), i);
            !status)
            return status;
    stages_.push_back(distributor);
    add_thread("distributor", [this, distributor] { distributor->run(control_); });
    if constexpr (requires { distributor->source().problems(); })
        problems_ = [distributor] { return distributor->source().problems(); };
    return base::Ok{};
}

template <class Source>
base::Status Pipeline::add_worker(Source source, uint32_t index) {
    auto memory = StageMemory::create(worker_settings_, index);
    if (!memory) return memory.error();
    if (memory->capturing) captures_.push_back(memory->capturing);
    auto worker = std::make_shared<Worker<Source>>(
        std::move(source), worker_settings_, filter_, std::move(*memory),
        ring::Writer(rings_[index].view), stats_.view.segment->workers[index]);
    stages_.push_back(worker);
    offer_rules_.push_back([worker](match::WorkerRules* rules) { worker->offer_rules(rules); });
    add_thread(fmt::format("worker-{}", index), [this, worker] { worker->run(control_); });
    if constexpr (requires { worker->source().problems(); })
        problems_ = [worker] { return worker->source().problems(); };
    return base::Ok{};
}

void Pipeline::add_thread(std::string name, std::function<void()> body) {
    plans_.push_back({std::move(name), std::move(body)});
}

void Pipeline::start() {
    stats_.view.segment->header.start_ns = wall_clock_ns();
    running_threads_ = plans_.size();
    for (size_t i = 0; i < plans_.size(); i++) {
        threads_.emplace_back([this, i] {
            ::pthread_setname_np(::pthread_self(), plans_[i].name.c_str());
            if (i < settings_.worker.cores.size()) pin_to(settings_.worker.cores[i]);
            if (eal_) drivers::Eal::register_thread();
            plans_[i].body();
            if (running_threads_.fetch_sub(1, std::memory_order_acq_rel) == 1)
                stats_.view.segment->header.end_ns.store(wall_clock_ns(),
                                                         std::memory_order_relaxed);
        });
    }
    for (const auto& steering : steerings_)
        if (steering) steering->start();
}

void Pipeline::stop() {
    // First the program, so that what it has counted is what the workers can still take.
    for (const auto& steering : steerings_)
        if (steering) steering->stop();
    control_.stop();
}

std::vector<std::string> Pipeline::housekeep() {
    std::vector<std::string> notices;
    if (clock_) clock_->recalibrate();
    const bool is_final = ended();
    const bool calibrate = housekeepings_++ % housekeepings_per_calibration == 0;
    for (size_t i = 0; i < ports_.size(); i++) {
        stats::PortStats& stats = stats_.view.segment->ports[i];
        if (calibrate) ports_[i].calibrate();
        const drivers::NicClock* nic = ports_[i].nic_clock();
        stats.clock_error_ns.store(nic != nullptr ? nic->error_ns() : clock_->error_ns(),
                                   std::memory_order_relaxed);
        ports_[i].publish(stats, is_final, notices);
        if (steerings_[i]) steerings_[i]->publish(stats, is_final);
    }
    publish_losses();
    publish_shunts();
    free_rules();
    write_rule_statistics(notices);
    take_capture_notices(notices);
    return notices;
}

// Flows are told that packets were lost while they lived, whosever they were.
void Pipeline::publish_losses() {
    uint64_t lost = 0;
    for (size_t i = 0; i < ports_.size(); i++) {
        const stats::PortStats& port = stats_.view.segment->ports[i];
        lost += port.nic_missed_packets.load(std::memory_order_relaxed) +
                port.no_mbuf_packets.load(std::memory_order_relaxed);
    }
    losses_.store(lost, std::memory_order_relaxed);
}

void Pipeline::publish_shunts() {
    std::vector<steer_count> counts(settings_.xdp.shunt.size());
    for (const auto& steering : steerings_)
        if (steering) steering->add_shunted(counts);
    for (size_t i = 0; i < counts.size(); i++) {
        stats_.view.segment->shunts[i].packets.store(counts[i].packets, std::memory_order_relaxed);
        stats_.view.segment->shunts[i].bytes.store(counts[i].bytes, std::memory_order_relaxed);
    }
}

std::vector<std::string> Pipeline::problems() const {
    std::vector<std::string> problems;
    if (problems_) problems = problems_();
    const bool all_gone = std::none_of(ports_.begin(), ports_.end(),
                                       [](const auto& port) { return port.link().is_present(); });
    if (!ports_.empty() && all_gone)
        problems.push_back("the run has ended because no device is left to capture from");
    return problems;
}

bool Pipeline::readers_have_all() const {
    for (const ring::NewRing& ring : rings_) {
        const ring::SegmentHeader& header = *ring.view.header;
        if (header.tail_bytes.load(std::memory_order_acquire) !=
            header.head_bytes.load(std::memory_order_acquire))
            return false;
    }
    return true;
}

std::vector<int> Pipeline::ring_fds() const {
    std::vector<int> fds;
    for (const ring::NewRing& ring : rings_) fds.push_back(ring.fd.get());
    return fds;
}

}  // namespace baleen::dataplane
