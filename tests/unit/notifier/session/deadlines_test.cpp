#include "notifier/session/deadlines.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>

namespace notifier {
namespace {

struct Alarm final : Deadlines::Entry {
    void onDue() override {
        ++rung;
        if (then) then();
    }
    int rung = 0;
    std::function<void()> then;
};

TEST(Deadlines, Run_OnlyWhatIsDue_IsCalledOnce) {
    Deadlines deadlines;
    Alarm early, late;
    deadlines.set(late, 20);
    deadlines.set(early, 10);
    EXPECT_EQ(deadlines.next(), 10);
    deadlines.run(10);
    deadlines.run(19);
    EXPECT_EQ(early.rung, 1);
    EXPECT_EQ(late.rung, 0);
    EXPECT_FALSE(early.isSet());
    EXPECT_EQ(deadlines.next(), 20);
    deadlines.cancel(late);
    EXPECT_EQ(deadlines.next(), std::nullopt);
}

TEST(Deadlines, Run_SetAgainFromInside_WaitsForTheNextCall) {
    Deadlines deadlines;
    Alarm alarm;
    alarm.then = [&] { deadlines.set(alarm, 5); };
    deadlines.set(alarm, 5);
    deadlines.run(9);
    EXPECT_EQ(alarm.rung, 1);
    deadlines.run(9);
    EXPECT_EQ(alarm.rung, 2);
    alarm.then = nullptr;
    deadlines.cancel(alarm);
}

TEST(Deadlines, Run_OneEndsAnotherThatIsDueToo_ItIsNotCalled) {
    Deadlines deadlines;
    Alarm first;
    auto second = std::make_unique<Alarm>();
    deadlines.set(first, 1);
    deadlines.set(*second, 2);
    first.then = [&] {
        deadlines.cancel(*second);
        second.reset();
    };
    deadlines.run(3);
    EXPECT_EQ(first.rung, 1);
    EXPECT_EQ(deadlines.next(), std::nullopt);
}

TEST(Deadlines, ManyMoves_AgreeWithASortedList) {
    std::mt19937 random(7);
    Deadlines deadlines;
    std::vector<Alarm> alarms(50);
    std::map<std::size_t, std::int64_t> model;
    for (int step = 0; step < 20'000; ++step) {
        auto const which = random() % alarms.size();
        if (random() % 3 == 0) {
            deadlines.cancel(alarms[which]);
            model.erase(which);
        } else {
            auto const atMs = static_cast<std::int64_t>(random() % 1'000);
            deadlines.set(alarms[which], atMs);
            model[which] = atMs;
        }
        auto const nearest = std::ranges::min_element(model, {}, [](auto const& entry) { return entry.second; });
        ASSERT_EQ(deadlines.next(), model.empty() ? std::nullopt : std::optional(nearest->second));
    }
    deadlines.run(500);
    for (std::size_t i = 0; i < alarms.size(); ++i)
        EXPECT_EQ(alarms[i].rung, model.contains(i) && model.at(i) <= 500 ? 1 : 0);
}

}  // namespace
}  // namespace notifier
