#include "notifier/delivery/rules/signature.hpp"

#include "common/runtime/crypto.hpp"

#include <gtest/gtest.h>

namespace notifier {
namespace {

std::string keyOf(std::string_view text) {
    return *common::decodeBase64(text);
}

// The example that the standard's own libraries are tested with.
TEST(Signature, Signing_TheStandardsExample_GivesItsSignature) {
    EXPECT_EQ(webhookSignature(keyOf("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                               R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, Signing_AnythingChanged_GivesAnother) {
    auto const signature = webhookSignature("key", "id", 1, "body");
    EXPECT_NE(webhookSignature("kez", "id", 1, "body"), signature);
    EXPECT_NE(webhookSignature("key", "ie", 1, "body"), signature);
    EXPECT_NE(webhookSignature("key", "id", 2, "body"), signature);
    EXPECT_NE(webhookSignature("key", "id", 1, "bodz"), signature);
}

TEST(Signature, Rotating_ForADay_SignsWithBothKeys) {
    common::Webhook webhook;
    webhook.secret = "old";
    common::TimeMs const now = 1'700'000'000'000;
    EXPECT_EQ(webhookSignatures(webhook, "id", now, "b"), webhookSignature("old", "id", now / 1000, "b"));
    rotateSecret(webhook, "new", now);
    auto const both = [](common::TimeMs at) {
        return webhookSignature("new", "id", at / 1000, "b") + " " + webhookSignature("old", "id", at / 1000, "b");
    };
    EXPECT_EQ(webhookSignatures(webhook, "id", now, "b"), both(now));
    auto const last = now + 86'400'000 - 1;
    EXPECT_EQ(webhookSignatures(webhook, "id", last, "b"), both(last));
    EXPECT_EQ(webhookSignatures(webhook, "id", last + 1, "b"), webhookSignature("new", "id", (last + 1) / 1000, "b"));
}

TEST(Signature, Showing_ASecret_IsPrefixedBase64) {
    auto const text = webhookSecretText(std::string(kWebhookSecretBytes, '\xFF'));
    EXPECT_TRUE(text.starts_with("whsec_"));
    EXPECT_EQ(keyOf(text.substr(6)), std::string(32, '\xFF'));
}

}  // namespace
}  // namespace notifier
