#include "tests/support/smtp_sink.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace support {
namespace {

namespace asio = boost::asio;
using Socket = asio::ip::tcp::socket;
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

std::string inBrackets(std::string const& line) {
    auto const begin = line.find('<') + 1;
    return line.substr(begin, line.find('>') - begin);
}

}  // namespace

struct SmtpSink::State {
    explicit State(Script given)
        : script(std::move(given)), acceptor(io, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        asio::co_spawn(io, accept(), [](std::exception_ptr const&) {});
        thread = std::jthread([this] { io.run(); });
    }
    ~State() {
        asio::post(io, [this] {
            acceptor.close();
            for (auto const& socket : open)
                socket->close();
        });
    }

    asio::awaitable<void> accept() {
        while (acceptor.is_open()) {
            auto const socket = std::make_shared<Socket>(io);
            auto const [error] = co_await acceptor.async_accept(*socket, kNoThrow);
            if (error) continue;
            open.insert(socket);
            asio::co_spawn(io, serve(socket), [this, socket](std::exception_ptr const&) { open.erase(socket); });
        }
    }

    static asio::awaitable<bool> say(Socket& socket, std::string text) {
        text += "\r\n";
        auto const [error, size] = co_await asio::async_write(socket, asio::buffer(text), kNoThrow);
        co_return !error;
    }
    /// Without its CRLF; nothing when the connection has ended.
    static asio::awaitable<std::optional<std::string>> readLine(Socket& socket, std::string& bytes) {
        char buffer[4'096];
        while (true) {
            if (auto const end = bytes.find("\r\n"); end != std::string::npos) {
                auto line = bytes.substr(0, end);
                bytes.erase(0, end + 2);
                co_return line;
            }
            auto const [error, size] = co_await socket.async_read_some(asio::buffer(buffer), kNoThrow);
            if (error) co_return std::nullopt;
            bytes.append(buffer, size);
        }
    }

    asio::awaitable<void> serve(std::shared_ptr<Socket> socket) {
        std::string bytes;
        SinkMail mail;
        bool inData = false;
        co_await say(*socket, "220 sink");
        while (auto const line = co_await readLine(*socket, bytes)) {
            std::string answer;
            if (inData && *line != ".") {
                mail.data += (line->starts_with('.') ? line->substr(1) : *line) + "\r\n";
                continue;
            }
            if (inData) {
                inData = false;
                answer = script(mail);
                keep(std::exchange(mail, {}));
            } else if (line->starts_with("MAIL")) {
                mail.from = inBrackets(*line);
                answer = "250 ok";
            } else if (line->starts_with("RCPT")) {
                mail.to = inBrackets(*line);
                answer = "250 ok";
            } else if (line->starts_with("DATA")) {
                inData = true;
                answer = "354 go on";
            } else {
                answer = line->starts_with("QUIT") ? "221 bye" : "250 ok";
            }
            if (!answer.empty()) co_await say(*socket, answer);
        }
    }

    void keep(SinkMail mail) {
        {
            std::lock_guard const lock(mutex);
            mails.push_back(std::move(mail));
        }
        arrived.notify_all();
    }

    Script script;
    asio::io_context io{1};
    asio::ip::tcp::acceptor acceptor;
    std::set<std::shared_ptr<Socket>> open;
    std::mutex mutex;
    std::condition_variable arrived;
    std::vector<SinkMail> mails;
    std::jthread thread;  // last: joined before the rest goes
};

SmtpSink::SmtpSink(Script script) : state_(std::make_unique<State>(std::move(script))) {}

SmtpSink::~SmtpSink() = default;

std::string SmtpSink::url() const {
    return "smtp://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port());
}

std::vector<SinkMail> SmtpSink::mails() const {
    std::lock_guard const lock(state_->mutex);
    return state_->mails;
}

std::vector<SinkMail> SmtpSink::waitFor(std::size_t count, std::chrono::milliseconds limit) const {
    std::unique_lock lock(state_->mutex);
    if (!state_->arrived.wait_for(lock, limit, [&] { return state_->mails.size() >= count; }))
        throw std::runtime_error("only " + std::to_string(state_->mails.size()) + " of " + std::to_string(count) +
                                 " mails came");
    return state_->mails;
}

}  // namespace support
