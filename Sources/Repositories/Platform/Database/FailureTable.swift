import Domain
import Postgres

/// SQLSTATE to what the product says (C-35). What is not listed is a bug of ours and is found in the log by its reference.
enum FailureTable {
  static func failure(for error: PostgresError) -> any Error {
    switch error {
    case .server(let refused): failure(for: refused)
    case .connectionLost: Failure.unavailable
    case .outcomeUnknown: Failure.outcomeUnknown
    case .poolExhausted: Failure.overloaded(retryAfter: 1)
    case .deadline: Failure.busy
    case .cancelled: Failure.unavailable
    case .decoding, .rowCount, .misuse: Failure.internal(reference: String(reflecting: error))
    // The edge refuses U+0000 in every string; one that comes this far slipped through a gap of ours.
    case .invalidText: Failure.internal(reference: "U+0000 in text reached the database")
    }
  }

  private static func failure(for refused: ServerError) -> Failure {
    switch refused.sqlState {
    case "40001", "40P01", "55P03", "57014": .busy
    case "25006": .unavailable
    case "57P01", "57P02", "57P03": .unavailable
    default:
      switch refused.sqlState.prefix(2) {
      case "08", "53": .unavailable
      default:
        // No message and no detail: both may hold values of rows.
        .internal(
          reference:
            "SQLSTATE \(refused.sqlState) constraint \(refused.constraint ?? "-") table \(refused.table ?? "-") in \(refused.statement)"
        )
      }
    }
  }
}
