#include "notifier/session/session_metrics.hpp"

#include "common/runtime/program_metrics.hpp"

namespace notifier {

SessionMetrics::SessionMetrics(common::Metrics& metrics)
    : connections(metrics.gauge("tickbell_connections", "Open WebSocket connections")),
      outboxBytes(metrics.gauge("tickbell_outbox_bytes", "Bytes queued for clients and not yet written")),
      accepted(metrics.counter("tickbell_accepted_total", "TCP connections accepted")),
      framesIn(metrics.counter("tickbell_frames_received_total", "Text frames read from clients")),
      framesOut(metrics.counter("tickbell_frames_sent_total", "Frames written to clients")),
      bytesOut(metrics.counter("tickbell_sent_bytes_total", "Bytes of frames written to clients")),
      commands(metrics.counter("tickbell_commands_total", "Commands carried out or answered with an error")),
      errors(metrics.counter("tickbell_errors_total", "Error replies other than rate_limited")),
      refusals(metrics.counter("tickbell_refusals_total", "Commands refused with rate_limited")),
      slowCloses(metrics.counter("tickbell_closed_slow_total", "Connections closed with 4008, slow consumer")),
      lostCloses(metrics.counter("tickbell_closed_lost_total", "Connections closed with 4009, heartbeat lost")),
      replayed(metrics.counter("tickbell_replayed_total", "Events sent again from the store")),
      committedToSent(common::latencyHistogram(metrics, "committed_to_sent")),
      tradeToSent(common::latencyHistogram(metrics, "trade_to_sent")) {}

}  // namespace notifier
