/// One thing that is wrong with the body of a policy, with its place in the body.
package struct PolicyFault: Hashable, Sendable {
  package enum Step: Hashable, Sendable {
    case member(String)
    case element(Int)
  }

  package let path: [Step]
  package let code: Violation.Code
  package let detail: String
  package let limits: [String: String]

  /// The fault of a request whose body has the policy's under `prefix` (RFC 6901).
  func violation(under prefix: String) -> Violation {
    let pointer = path.reduce(prefix) { pointer, step in
      switch step {
      case .element(let index): "\(pointer)/\(index)"
      case .member(let name): "\(pointer)/\(name.replacing("~", with: "~0").replacing("/", with: "~1"))"
      }
    }
    return Violation(pointer: pointer, code: code, detail: detail, limits: limits)
  }
}

/// Everything that is wrong with a body, collected while it is read (C-09).
package struct PolicyFaults: Sendable {
  package private(set) var found: [PolicyFault] = []
  private var path: [PolicyFault.Step] = []
  /// Whether a member that is not there takes the value of the pattern: a stored version may be older than the member.
  let fillsGaps: Bool

  init(fillsGaps: Bool = false) { self.fillsGaps = fillsGaps }

  /// Always `nil`, so that a reader can return it.
  @discardableResult
  mutating func add<Value>(_ code: Violation.Code, _ detail: String, limits: [String: String] = [:]) -> Value? {
    found.append(PolicyFault(path: path, code: code, detail: detail, limits: limits))
    return nil
  }

  /// A fault of one member that only the whole record shows.
  mutating func refuse(_ member: String, _ detail: String) {
    within(.member(member)) { let _: Never? = $0.add(.inconsistent, detail) }
  }

  /// A fault of one entry of a list that only the whole list shows.
  mutating func refuse(_ list: String, _ entry: Int, _ member: String, _ code: Violation.Code, _ detail: String) {
    within(.member(list)) { faults in
      faults.within(.element(entry)) { faults in
        faults.within(.member(member)) { let _: Never? = $0.add(code, detail) }
      }
    }
  }

  mutating func within<Value>(_ step: PolicyFault.Step, _ body: (inout Self) -> Value) -> Value {
    path.append(step)
    defer { path.removeLast() }
    return body(&self)
  }
}
