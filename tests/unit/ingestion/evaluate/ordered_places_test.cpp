#include "ingestion/evaluate/ordered_places.hpp"

#include <random>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

using Keys = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

Keys read(OrderedPlaces const& places, std::uint64_t from = 0, std::uint64_t to = OrderedPlaces::kNever) {
    Keys keys;
    places.forRange(from, to, [&](Place const& place) { keys.emplace_back(place.key, place.slot); });
    return keys;
}

TEST(OrderedPlaces, Empty_HasNoFirstKey) {
    OrderedPlaces places;
    EXPECT_EQ(places.firstKey(), OrderedPlaces::kNever);
    EXPECT_EQ(places.atOrAfter(0), nullptr);
    EXPECT_EQ(places.before(OrderedPlaces::kNever), nullptr);
    EXPECT_FALSE(places.erase(1, 1));
}

TEST(OrderedPlaces, SameKey_IsOrderedBySlotAndErasedOneByOne) {
    OrderedPlaces places;
    for (std::uint32_t slot = 1'000; slot-- > 0;)
        places.insert({7, slot, 0});
    EXPECT_EQ(places.front().slot, 0U);
    for (std::uint32_t slot = 0; slot < 1'000; slot += 2)
        EXPECT_TRUE(places.erase(7, slot));
    EXPECT_FALSE(places.erase(7, 2));
    EXPECT_EQ(places.size(), 500U);
    EXPECT_EQ(read(places).front(), (Keys::value_type{7, 1}));
    EXPECT_TRUE(read(places, 8).empty());
    EXPECT_TRUE(read(places, 0, 7).empty());
}

TEST(OrderedPlaces, RandomWork_AgreesWithASet) {
    std::mt19937_64 random(1);
    for (std::uint64_t const keys : {10ULL, 1'000ULL, 1'000'000ULL}) {
        OrderedPlaces places;
        std::set<std::pair<std::uint64_t, std::uint32_t>> model;
        for (int round = 0; round < 30'000; ++round) {
            // Grows to thousands, then shrinks to nothing: splits and merges both happen.
            std::pair const entry(random() % keys, static_cast<std::uint32_t>(random() % 500));
            bool const grows = round < 15'000;
            if (random() % 4 != 0 ? grows : !grows) {
                if (model.insert(entry).second) places.insert({entry.first, entry.second, 0});
            } else if (!model.empty()) {
                auto it = model.lower_bound(entry);
                if (it == model.end()) it = model.begin();
                EXPECT_TRUE(places.erase(it->first, it->second));
                model.erase(it);
            }
            ASSERT_EQ(places.size(), model.size());
            auto const after = model.lower_bound({entry.first, 0});
            auto const* const found = places.atOrAfter(entry.first);
            ASSERT_EQ(found != nullptr, after != model.end());
            if (found != nullptr) {
                ASSERT_EQ(std::pair(found->key, found->slot), *after);
            }
            auto const* const before = places.before(entry.first);
            ASSERT_EQ(before != nullptr, after != model.begin());
            if (before != nullptr) {
                ASSERT_EQ(std::pair(before->key, before->slot), *std::prev(after));
            }
        }
        EXPECT_EQ(read(places), Keys(model.begin(), model.end()));
    }
}

}  // namespace
}  // namespace ingestion
