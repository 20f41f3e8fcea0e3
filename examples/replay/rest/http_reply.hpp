#pragma once

#include <string>
#include <utility>
#include <vector>

namespace replay {

/// An HTTP answer before it is put on the wire.
struct HttpReply {
    int status = 200;
    std::string body = {};
    std::string contentType = "application/json;charset=UTF-8";
    std::vector<std::pair<std::string, std::string>> headers = {};
};

}  // namespace replay
