#include "control/store/slice_rows.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <vector>

#include "control/store/database.h"
#include "control/store/flow_rows.h"
#include "control/store/slice.h"
#include "control/store/slice_schema.h"
#include "record/validate.h"

namespace baleen::store {
namespace {

using filter::Kind;

struct KnownRun {
    Run run;
    std::vector<std::string> port_names;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    size_t begin = 0;
    for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
        out.push_back(text.substr(begin, end - begin));
    return out;
}

class Reading {
public:
    Reading(Database database, const RowsWanted& wanted, const RowVisitor& visit)
        : database_(std::move(database)), wanted_(wanted), visit_(visit) {}

    base::Status run() {
        // One state of a slice in use.
        if (auto status = database_.execute("BEGIN"); !status) return status;
        if (auto status = read_runs(); !status) return status;
        if (filter::includes(wanted_.kinds, Kind::flow))
            if (auto status = read_flows(); !status || is_over_) return status;
        if (filter::includes(wanted_.kinds, Kind::event)) return read_events();
        return base::Ok{};
    }

private:
    bool has(const char* table) {
        const auto found = has_table(database_, table);
        return !found || *found;
    }

    base::Status read_runs() {
        if (!has("run")) return base::Ok{};
        auto runs = database_.prepare("SELECT run, start_ns, ports FROM run");
        if (!runs) return runs.error();
        while (runs->step() == SQLITE_ROW) {
            Run run{runs->column_int(0), runs->column_int(1), runs->column_text(2)};
            const int64_t id = run.id;
            auto names = lines_of(run.ports);
            runs_[id] = {std::move(run), std::move(names)};
        }
        return base::Ok{};
    }

    bool visit(int64_t run_id, const record::FlowRecord& record, const record::Match* match,
               const record::AppMessage* app) {
        const auto [known, is_new] = runs_.try_emplace(run_id);
        if (is_new) known->second.run.id = run_id;
        const auto& names = known->second.port_names;
        const std::string_view name = record.port_index < names.size()
                                          ? std::string_view(names[record.port_index])
                                          : std::string_view{};
        is_over_ = !visit_(known->second.run, {record, name, match, app});
        return !is_over_;
    }

    base::Error senseless(const char* what, std::string_view problem) const {
        return {fmt::format("{}: {} makes no sense ({}); `baleen store check` tells more",
                            database_.path(), what, problem)};
    }

    base::Status read_flows() {
        if (!has("flow")) return base::Ok{};
        auto rows = FlowRows::open(database_);
        if (!rows) return rows.error();
        record::FlowRecord record;
        FlowRow row;
        while (rows->next(row)) {
            if (row.last_ns < wanted_.from_ns || row.last_ns >= wanted_.to_ns) continue;
            if (const char* problem = record::read_record(row.record, record))
                return senseless("a flow record", problem);
            if (!visit(row.run, record, nullptr, nullptr)) return base::Ok{};
        }
        if (!rows->problem().empty()) return senseless("a block of flows", rows->problem());
        return rows->status();
    }

    base::Status read_events() {
        if (!has("event")) return base::Ok{};
        auto rows = database_.prepare(
            "SELECT run, record, type FROM event WHERE time_ns >= ? AND time_ns < ?");
        if (!rows) return rows.error();
        rows->bind(1, wanted_.from_ns).bind(2, wanted_.to_ns);
        const auto match = std::make_unique<record::Match>();
        const auto app = std::make_unique<record::AppMessage>();
        int code;
        while ((code = rows->step()) == SQLITE_ROW) {
            const bool is_alert = rows->column_int(2) == static_cast<int64_t>(EventType::alert);
            if (!filter::includes(wanted_.kinds, is_alert ? Kind::alert : Kind::app)) continue;
            const char* problem = is_alert ? record::read_match(rows->column_blob(1), *match)
                                           : record::read_app_event(rows->column_blob(1), *app);
            if (problem != nullptr) return senseless("an event", problem);
            const record::FlowRecord record =
                is_alert ? record::flow_of(match->event) : record::flow_of(app->event);
            if (!visit(rows->column_int(0), record, is_alert ? match.get() : nullptr,
                       is_alert ? nullptr : app.get()))
                return base::Ok{};
        }
        if (code != SQLITE_DONE) return database_.error("cannot be read further");
        return base::Ok{};
    }

    Database database_;
    const RowsWanted& wanted_;
    const RowVisitor& visit_;
    std::map<int64_t, KnownRun> runs_;
    bool is_over_ = false;
};

}  // namespace

base::Status read_rows(const std::string& path, const RowsWanted& wanted, const RowVisitor& visit) {
    auto database = Database::open(path, Database::Mode::read_only);
    if (!database) return database.error();
    return Reading(std::move(*database), wanted, visit).run();
}

}  // namespace baleen::store
