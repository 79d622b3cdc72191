#include "control/store/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "control/store/condition.h"
#include "control/store/loaded_rows.h"
#include "control/store/order.h"
#include "control/store/slice_set.h"
#include "filter/needs.h"

namespace baleen::store {
namespace {

// Records of a part. By time the first part is small, since most answers end early, and each later
// one four times as large: but not so small that what a filter leaves of a busy minute, a thousand
// or two, is looked for twice. By anything else each part reads all there is, so it is as large as
// may be: 100 bytes each, 25 MB.
constexpr uint64_t first_part = 4096;
constexpr uint64_t part_growth = 4;
constexpr uint64_t part_max = uint64_t{1} << 18;

}  // namespace

class QueryRun::Impl {
public:
    Impl(const std::string& directory, std::shared_ptr<const Query> query, Cancel cancel)
        : query_(std::move(query)),
          watch_(cancel),
          order_(*query_),
          slices_(directory, *query_, watch_),
          wanted_(wanted_times(*query_)),
          needs_sections_(
              query_->kind == filter::Kind::flow &&
              (filter::needs_sections(query_->filter) || filter::needs_sections(order_.field()))),
          part_size_(order_.is_by_time() ? first_part : part_max) {}

    base::Status begin() {
        if (query_->after.empty()) return base::Ok{};
        auto place = order_.parse(query_->after);
        if (!place) return place.error();
        last_ = std::move(*place);
        return base::Ok{};
    }

    const filter::Subject* next() {
        while (outcome_ == Outcome::running) {
            if (given_ >= query_->limit) return end(Outcome::done);
            if (watch_.should_stop()) return end(watch_.outcome());
            if (at_ == part_.size()) {
                if (is_last_part_) return end(Outcome::done);
                if (!find_part()) return end(watch_.outcome());
                continue;
            }
            if (at_ == loaded_.end() && !loaded_.load(part_, at_, slices_, watch_)) continue;
            const bool is_there = loaded_.read(at_, row_);
            last_ = std::move(part_[at_]);
            const auto name = loaded_.port_name(at_++);
            // Deleted meanwhile, or its sections make no sense.
            if (!is_there) continue;
            given_++;
            subject_.emplace(row_.subject(name));
            return &*subject_;
        }
        return nullptr;
    }

    std::string position() const { return last_ ? order_.text_of(*last_) : std::string(); }
    Outcome outcome() const { return outcome_; }
    const SliceSet& slices() const { return slices_; }
    uint64_t rows_read() const { return watch_.rows(); }

private:
    const filter::Subject* end(Outcome outcome) {
        outcome_ = outcome;
        return nullptr;
    }
    Direction direction() const {
        if (!order_.is_by_time()) return Direction::any;
        return query_->descending ? Direction::descending : Direction::ascending;
    }
    bool is_full() const { return part_.size() >= part_room_; }
    auto earlier() const {
        return [this](const Place& a, const Place& b) { return order_.before(a, b); };
    }

    // The next records in the order, behind the last one. False: stopped.
    bool find_part() {
        part_.clear();
        at_ = 0;
        loaded_.clear();
        part_room_ = std::min({part_size_, query_->limit - given_, part_max});
        part_size_ = std::min(part_size_ * part_growth, part_max);
        if (last_) slices_.look_again();
        Times wanted = wanted_;
        if (last_ && order_.is_by_time()) {
            const int64_t time_ns = order_.time_of(*last_);
            if (query_->descending) wanted.first.high = std::min(wanted.first.high, time_ns);
            else wanted.first.low = std::max(wanted.first.low, time_ns);
            wanted.tighten();
        }
        for (const uint32_t slice : candidates(wanted)) {
            if (watch_.should_stop() || !read_slice(slice, wanted)) break;
        }
        if (watch_.has_stopped()) {
            part_.clear();
            return false;
        }
        is_last_part_ = !is_full();
        std::sort_heap(part_.begin(), part_.end(), earlier());
        return true;
    }

    // Slices that can hold something, those with the best times first.
    std::vector<uint32_t> candidates(const Times& wanted) {
        std::vector<uint32_t> out;
        if (wanted.is_empty()) return out;
        for (uint32_t i = 0; i < slices_.size() && !watch_.should_stop(); i++)
            if (slices_.can_hold(i, wanted)) out.push_back(i);
        if (direction() == Direction::ascending)
            std::ranges::stable_sort(out, {},
                                     [&](uint32_t i) { return slices_.times(i).first.low; });
        if (direction() == Direction::descending)
            std::ranges::stable_sort(out, std::greater<>(),
                                     [&](uint32_t i) { return slices_.times(i).first.high; });
        return out;
    }

    // What can still be better than the worst of a full part.
    Times narrowed(Times wanted) const {
        if (!is_full() || !order_.is_by_time()) return wanted;
        const int64_t worst_ns = order_.time_of(part_.front());
        if (query_->descending) wanted.first.low = std::max(wanted.first.low, worst_ns);
        else wanted.first.high = std::min(wanted.first.high, worst_ns);
        wanted.tighten();
        return wanted;
    }

    // False: no slice behind this one, in the order of their times, can add anything.
    bool read_slice(uint32_t slice, const Times& wanted) {
        if (!slices_.times(slice).first.overlaps(narrowed(wanted).first)) return false;
        SliceReader* reader = slices_.reader(slice);
        if (reader == nullptr) return true;
        for (const Part& part : reader->parts(wanted, direction(), part_room_)) {
            const Times now = narrowed(wanted);
            if (!part.times.overlap(now)) continue;
            const auto rest = read(*reader, slice, part, now);
            if (!rest) continue;
            for (const Part& block : reader->blocks(*rest, direction())) {
                const Times left = narrowed(*rest);
                if (block.times.overlap(left)) read(*reader, slice, block, left);
            }
        }
        return true;
    }

    // What an index has not come to, of which there are blocks.
    std::optional<Times> read(SliceReader& reader, uint32_t slice, const Part& part,
                              const Times& wanted) {
        uint64_t rows = 0;
        int64_t time_before = 0;
        std::optional<Times> rest;
        const auto visit = [&](const Found& found, const filter::Subject& subject) {
            if (part.way == Part::Way::index) {
                const int64_t time_ns = found.time_ns();
                if (is_full() && is_behind_worst(time_ns)) return false;
                if (++rows > part.rows_max && time_ns != time_before) {
                    rest = wanted;
                    (query_->descending ? rest->first.high : rest->first.low) = time_ns;
                    return false;
                }
                time_before = time_ns;
            }
            if (query_->filter.matches(subject)) offer(found, slice, subject);
            return true;
        };
        const auto status = reader.scan(part, wanted, direction(), needs_sections_, visit);
        if (!status) slices_.fail(slice, status.error());
        return rest;
    }

    bool is_behind_worst(int64_t time_ns) const {
        if (!order_.is_by_time()) return false;
        const int64_t worst_ns = order_.time_of(part_.front());
        return query_->descending ? time_ns < worst_ns : time_ns > worst_ns;
    }

    // The worst of the part is on top of its heap.
    void offer(const Found& found, uint32_t slice, const filter::Subject& subject) {
        Place place = found.place();
        place.key = order_.key_of(subject);
        place.slice = slice;
        if (last_ && !order_.before(*last_, place)) return;
        if (is_full()) {
            if (!order_.before(place, part_.front())) return;
            std::pop_heap(part_.begin(), part_.end(), earlier());
            part_.pop_back();
        }
        part_.push_back(std::move(place));
        std::push_heap(part_.begin(), part_.end(), earlier());
    }

    std::shared_ptr<const Query> query_;
    Watch watch_;
    Order order_;
    SliceSet slices_;
    const Times wanted_;
    const bool needs_sections_;

    uint64_t part_size_;
    uint64_t part_room_ = 0;
    std::vector<Place> part_;
    size_t at_ = 0;
    LoadedRows loaded_;
    Row row_;
    std::optional<filter::Subject> subject_;
    bool is_last_part_ = false;
    std::optional<Place> last_;  // what the rest of the answer stands behind
    uint64_t given_ = 0;
    Outcome outcome_ = Outcome::running;
};

QueryRun::QueryRun(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
QueryRun::QueryRun(QueryRun&&) noexcept = default;
QueryRun& QueryRun::operator=(QueryRun&&) noexcept = default;
QueryRun::~QueryRun() = default;

namespace {

base::Status find_store(const std::string& directory) {
    std::error_code failed;
    if (std::filesystem::is_directory(directory, failed)) return base::Ok{};
    return base::Error{fmt::format(
        "there is no store in {}; `baleen run` makes one, --data names another", directory)};
}

}  // namespace

base::Result<QueryRun> QueryRun::open(const std::string& directory, Query query, Cancel cancel) {
    if (auto status = find_store(directory); !status) return status.error();
    QueryRun run(
        std::make_unique<Impl>(directory, std::make_shared<const Query>(std::move(query)), cancel));
    if (auto status = run.impl_->begin(); !status) return status.error();
    return run;
}

base::Result<QueryRun> QueryRun::open(const std::string& directory, const Query* query,
                                      Cancel cancel) {
    if (auto status = find_store(directory); !status) return status.error();
    // Shared with nobody: the caller keeps it.
    QueryRun run(std::make_unique<Impl>(
        directory, std::shared_ptr<const Query>(std::shared_ptr<const Query>(), query), cancel));
    if (auto status = run.impl_->begin(); !status) return status.error();
    return run;
}

const filter::Subject* QueryRun::next() { return impl_->next(); }
std::string QueryRun::position() const { return impl_->position(); }
Outcome QueryRun::outcome() const { return impl_->outcome(); }
const std::vector<std::string>& QueryRun::problems() const { return impl_->slices().problems(); }
uint64_t QueryRun::rows_read() const { return impl_->rows_read(); }
uint64_t QueryRun::slices_opened() const { return impl_->slices().opened(); }

base::Status run_query(const std::string& directory, const Query& query, const Visitor& visit,
                       std::vector<std::string>& problems) {
    auto run = QueryRun::open(directory, &query);
    if (!run) return run.error();
    while (const filter::Subject* subject = run->next())
        if (!visit(*subject)) break;
    problems.insert(problems.end(), run->problems().begin(), run->problems().end());
    return base::Ok{};
}

uint64_t last_run_id(const std::string& directory) {
    uint64_t last = 0;
    for (const SliceFile& slice : list_slices(directory)) {
        auto database = Database::open(slice.path, Database::Mode::read_only);
        if (!database) continue;
        auto statement = database->prepare("SELECT max(run) FROM run");
        if (statement && statement->step() == SQLITE_ROW)
            last = std::max(last, static_cast<uint64_t>(statement->column_int(0)));
    }
    return last;
}

}  // namespace baleen::store
