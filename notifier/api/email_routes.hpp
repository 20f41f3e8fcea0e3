#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/api/delivery_desk.hpp"
#include "notifier/api/router.hpp"
#include "notifier/api/store_failures.hpp"

namespace notifier {

/// `/emails` (spec section 5), and the page that the link in each mail leads to. Network thread; outlives the router's
/// requests.
class EmailRoutes {
public:
    struct Deps {
        common::StoreThread& store;
        common::Clock const& clock;
        DeliveryDesk& desk;
    };

    explicit EmailRoutes(Deps deps) : deps_(deps) {}
    void addTo(Router& router);

private:
    void create(Call const& call, Respond respond);
    void list(Call const& call, Respond respond);
    void remove(Call const& call, Respond respond);
    void verify(Call const& call, Respond respond);
    void unsubscribe(Call const& call, Respond respond);
    template <class Work>
    void write(Call const& call, Work work, Respond respond);

    Deps deps_;
    StoreFailures failures_{deps_.clock};
};

}  // namespace notifier
