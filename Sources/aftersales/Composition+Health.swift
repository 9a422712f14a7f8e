import API
import Domain
import Postgres
import Repositories
import Services
import Workers

extension Composition {
  /// What `/readyz` of a server asks, each within a second (C-32).
  func readinessChecks(schemaVersion: Int) -> [SystemRoutes.Check] {
    databaseChecks(schemaVersion: schemaVersion) + [
      SystemRoutes.Check("listener") { [verifier] in verifier.isListening }
    ]
  }

  /// What every process needs to do its work.
  func databaseChecks(schemaVersion: Int) -> [SystemRoutes.Check] {
    let everything = SessionScope("*")
    return [
      SystemRoutes.Check("database") { [client] in
        (try? await client.read(everything, deadline: .seconds(1), HealthRepository.isWritable)) ?? false
      },
      SystemRoutes.Check("migrations") { [client] in
        let version = try? await client.read(everything, deadline: .seconds(1), HealthRepository.schemaVersion)
        return version.map { $0 >= schemaVersion } ?? false
      },
    ]
  }

  /// The numbers of everything but HTTP, which counts for itself.
  func register(in metrics: Metrics) {
    metrics.gauge("postgres_connections_used", "Connections in use, by door.", label: "door") { [client] in
      let now = client.statistics
      return [
        "leased": Double(now.leased.used), "shared": Double(now.shared.used), "snapshot": Double(now.snapshot.used),
      ]
    }
    metrics.gauge("postgres_connections_idle", "Open connections at rest, by door.", label: "door") { [client] in
      let now = client.statistics
      return [
        "leased": Double(now.leased.idle), "shared": Double(now.shared.idle), "snapshot": Double(now.snapshot.idle),
      ]
    }
    metrics.gauge("postgres_callers_waiting", "Callers waiting for a connection, by door.", label: "door") {
      [client] in
      let now = client.statistics
      return [
        "leased": Double(now.leased.waiting), "shared": Double(now.shared.waiting),
        "snapshot": Double(now.snapshot.waiting),
      ]
    }
    let counters: [(name: String, help: String, value: @Sendable (PostgresStatistics) -> Int)] = [
      ("postgres_statements_total", "Statements sent.", { $0.statements }),
      ("postgres_trips_total", "Round trips.", { $0.trips }),
      ("postgres_retries_total", "Transactions run again after a serialization failure or deadlock.", { $0.retries }),
      ("postgres_rollbacks_total", "Transactions rolled back.", { $0.rollbacks }),
      ("postgres_connects_total", "Connections opened.", { $0.connects }),
      ("postgres_connect_failures_total", "Connections that could not be opened.", { $0.connectFailures }),
      ("postgres_connections_lost_total", "Connections that broke.", { $0.losses }),
      ("postgres_wait_timeouts_total", "Callers that got no connection in time.", { $0.waitTimeouts }),
      ("postgres_slow_reads_total", "Reads too slow for the shared connections.", { $0.slowReads }),
      ("postgres_unknown_outcomes_total", "Commits whose fate is not known.", { $0.unknownOutcomes }),
    ]
    for counter in counters {
      metrics.counter(counter.name, counter.help) { [client] in counter.value(client.statistics) }
    }
    metrics.counter("access_token_lookups_total", "Tokens looked up in the database.") { [verifier] in
      verifier.databaseLookups
    }
    metrics.counter("password_hashes_total", "Password hashes computed.") { [hasher] in hasher.finished }
    metrics.gauge("job_last_success_timestamp_seconds", "When a background job last succeeded.", label: "job") {
      [gauges] in gauges.lastSuccess
    }
    metrics.gauge("job_failures", "Failures of a background job since its last success.", label: "job") {
      [gauges] in gauges.failures
    }
    metrics.gauge("job_deferred", "Single things that a background job failed at and will try again.", label: "job") {
      [gauges] in gauges.deferred
    }
  }
}
