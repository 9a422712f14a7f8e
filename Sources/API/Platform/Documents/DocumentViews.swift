package import Domain
import FoundationEssentials

// What every family's documents show in the same way: history, notes, actions.

extension JSONWriter {
  /// Who did something, as logs of every kind name him.
  mutating func actor(_ kind: String, _ id: UUID?, _ name: String, _ roles: [String]) {
    object("actor") {
      $0.field("id", id)
      $0.field("kind", kind)
      $0.field("name", name)
      $0.field("roles", roles)
    }
  }
}

extension Event: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.actor(actorKind, actorID, actorName, actorRoles)
      json.field("at", at)
      json.array("changes", change.changes) { json, change in
        json.object {
          $0.field("after", change.after)
          $0.field("before", change.before)
          $0.field("field", change.field)
        }
      }
      json.field("data", EventValue.object(change.data))
      json.field("id", id)
      json.field("reason", change.reason)
      json.field("requestId", requestID)
      json.field("type", change.type)
      json.field("version", change.version)
    }
  }
}

extension EventValue: JSONWritable {
  package func write(to json: inout JSONWriter) {
    switch self {
    case .null: json.null()
    case .boolean(let flag): json.boolean(flag)
    case .integer(let number): json.integer(number)
    case .text(let text): json.string(text)
    case .list(let items): items.write(to: &json)
    case .object(let members): members.write(to: &json)
    }
  }
}

extension Note: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("createdAt", createdAt)
      $0.field("createdBy", createdBy.name)
      $0.field("id", id)
      $0.field("text", text)
    }
  }
}

extension ActionOffer {
  /// `closeNoRepair` is `close-no-repair` in the path (C-01).
  package static func segment(of action: String) -> String {
    action.reduce(into: "") { segment, letter in
      segment += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
    }
  }
}

/// `GET …/actions`: what the caller may do now and where to post it, and for the rest what stands in the way in words
/// (domain.md section 3).
package struct ActionOffersView: JSONWritable {
  private let offers: [ActionOffer]
  /// The path of the document, as the caller named it.
  private let document: Substring

  package init(_ offers: [ActionOffer], _ call: Call) {
    self.offers = offers
    document = call.path[..<(call.path.lastIndex(of: "/") ?? call.path.endIndex)]
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("items", offers) { json, offer in
        json.object { json in
          json.field("action", offer.action)
          json.field("allowed", offer.isAllowed)
          switch offer.method {
          case .post: json.field("href", "\(document)/\(ActionOffer.segment(of: offer.action))")
          case .patch: json.field("href", String(document))
          }
          json.field("method", offer.method)
          json.array("obstacles", offer.obstacles) { json, obstacle in
            json.object {
              $0.field("code", obstacle.code)
              $0.field("detail", obstacle.sentence)
            }
          }
          json.field("to", offer.to)
        }
      }
    }
  }
}

/// A short list that is never paged.
package struct ItemsView<Item: JSONWritable>: JSONWritable {
  private let items: [Item]

  package init(_ items: [Item]) { self.items = items }

  package func write(to json: inout JSONWriter) {
    json.object { $0.field("items", items) }
  }
}

extension ProgressLink: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("expiresAt", expiresAt)
      $0.field("path", "/v1/progress/\(token)")
      $0.field("token", token)
    }
  }
}

extension WorkOrderProgressReport: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("awaitsDecision", awaitsDecision)
      $0.field("number", number)
      $0.field("promisedDeliveryAt", promisedDeliveryAt)
      $0.field("state", state)
      $0.array("steps", steps) { json, step in
        json.object {
          $0.field("decision", step.decision)
          $0.field("description", step.description)
          $0.field("isDone", step.isDone)
          $0.field("number", step.number)
        }
      }
      $0.field("updatedAt", updatedAt)
    }
  }
}
