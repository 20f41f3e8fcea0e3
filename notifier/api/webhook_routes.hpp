#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/api/delivery_desk.hpp"
#include "notifier/api/router.hpp"
#include "notifier/api/store_failures.hpp"

namespace notifier {

/// `/webhooks` and `/deliveries` (spec section 5). Network thread; outlives the router's requests.
class WebhookRoutes {
public:
    struct Deps {
        common::StoreThread& store;
        common::Clock const& clock;
        DeliveryDesk& desk;
    };

    explicit WebhookRoutes(Deps deps) : deps_(deps) {}
    void addTo(Router& router);

private:
    void create(Call const& call, Respond respond);
    void list(Call const& call, Respond respond);
    void show(Call const& call, Respond respond);
    void change(Call const& call, Respond respond);
    void remove(Call const& call, Respond respond);
    void test(Call const& call, Respond respond);
    void rotate(Call const& call, Respond respond);
    void enable(Call const& call, Respond respond);
    void deliveries(Call const& call, Respond respond);
    void recover(Call const& call, Respond respond);
    void redeliver(Call const& call, Respond respond);
    /// Runs what writes and answers what it gives; afterwards the desk looks again.
    template <class Work>
    void write(Call const& call, Work work, Respond respond);

    Deps deps_;
    StoreFailures failures_{deps_.clock};
};

}  // namespace notifier
