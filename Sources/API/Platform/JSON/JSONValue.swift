/// One parsed JSON value. Numbers stay text: a float never stands between the client's digits and ours.
package enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The word of JSON Schema for this kind, as messages use it.
  package var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

/// Members in the order in which they came; names are unique.
package struct JSONObject: Hashable, Sendable {
  package struct Member: Hashable, Sendable {
    package let name: String
    package let value: JSONValue
  }

  package let members: [Member]

  package init(members: [Member] = []) { self.members = members }

  package func index(of name: String) -> Int? { members.firstIndex { $0.name == name } }

  package subscript(name: String) -> JSONValue? { index(of: name).map { members[$0].value } }
}

/// Where a value stands in a document. Written as a JSON pointer with a leading `#` (RFC 6901 §6).
struct JSONLocation: Hashable, Sendable {
  enum Step: Hashable, Sendable {
    case member(String)
    case element(Int)
  }

  var steps: [Step] = []

  func appending(_ step: Step) -> JSONLocation { JSONLocation(steps: steps + [step]) }

  /// `#/lines/3/part~1Number`
  var pointer: String {
    var text = "#"
    for step in steps {
      text += "/"
      switch step {
      case .element(let index): text += "\(index)"
      case .member(let name):
        for scalar in name.unicodeScalars {
          switch scalar {
          case "~": text += "~0"
          case "/": text += "~1"
          default: text.unicodeScalars.append(scalar)
          }
        }
      }
    }
    return text
  }
}
