#include "notifier/api/rest_answers.hpp"

namespace notifier {

HttpResponse freshJson(std::string body, int status) {
    return {status, "application/json", std::move(body), {{"Cache-Control", "no-store"}}};
}

}  // namespace notifier
