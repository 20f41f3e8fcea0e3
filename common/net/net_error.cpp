#include "common/net/net_error.hpp"

#include <utility>

namespace common::net {

char const* kindText(NetErrorKind kind) {
    switch (kind) {
        case NetErrorKind::Resolve:
            return "resolve";
        case NetErrorKind::Connect:
            return "connect";
        case NetErrorKind::Tls:
            return "tls";
        case NetErrorKind::Timeout:
            return "timeout";
        case NetErrorKind::Protocol:
            return "protocol";
        case NetErrorKind::TooBig:
            return "too_big";
        case NetErrorKind::Refused:
            return "refused";
        case NetErrorKind::Closed:
            return "closed";
        case NetErrorKind::Aborted:
            return "aborted";
    }
    std::unreachable();
}

}  // namespace common::net
