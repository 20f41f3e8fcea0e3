#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace notifier {

/// Many deadlines behind one timer: a binary heap that knows where each of its entries lies, so that moving one costs
/// no search and no allocation. Pure; times are monotonic milliseconds. Entries must outlive their place in it.
class Deadlines {
public:
    class Entry {
    public:
        Entry() = default;
        Entry(Entry const&) = delete;
        Entry& operator=(Entry const&) = delete;
        bool isSet() const { return at_ != kNowhere; }

    protected:
        ~Entry() = default;

    private:
        friend class Deadlines;
        static constexpr auto kNowhere = std::numeric_limits<std::uint32_t>::max();
        virtual void onDue() = 0;
        std::uint32_t at_ = kNowhere;
    };

    /// Sets or moves it.
    void set(Entry& entry, std::int64_t atMs);
    void cancel(Entry& entry);
    /// The nearest one.
    std::optional<std::int64_t> next() const;
    /// Calls onDue() of all that are due, each taken out before; those that are set meanwhile wait for the next call.
    void run(std::int64_t nowMs);

private:
    struct Place {
        std::int64_t atMs;
        Entry* entry;
    };
    void put(std::size_t at, Place place);
    void rise(std::size_t at);
    void sink(std::size_t at);

    std::vector<Place> heap_;
    std::vector<Entry*> due_;  ///< taken out by run() and not called yet
};

}  // namespace notifier
