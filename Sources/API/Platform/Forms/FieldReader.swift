package import Domain

/// How one member of a body is read: the kind of value and its limits. Declared where the member is read:
///
///     form.required("name", .text(1...200))
///
/// A reader reports every fault of the value it is given and answers `nil`, so that one answer names them all (C-09).
package struct FieldReader<Value: Sendable>: Sendable {
  package let read: @Sendable (JSONValue, inout FieldFaults) -> Value?

  package init(_ read: @escaping @Sendable (JSONValue, inout FieldFaults) -> Value?) { self.read = read }

  /// The same kind of value, turned into another type; `nil` from `transform` is the fault given here.
  package func map<Other: Sendable>(
    orFault code: Violation.Code = .invalidFormat, _ detail: String = "has the wrong form",
    _ transform: @escaping @Sendable (Value) -> Other?
  ) -> FieldReader<Other> {
    FieldReader<Other> { value, faults in
      guard let value = read(value, &faults) else { return nil }
      guard let other = transform(value) else { return faults.add(code, detail) }
      return other
    }
  }
}

/// What a reader found wrong with one value, relative to it.
package struct FieldFaults: Sendable {
  struct Fault: Sendable {
    let path: JSONLocation
    let order: [Int]
    let code: Violation.Code
    let detail: String
    let limits: [String: String]
  }

  private(set) var found: [Fault] = []
  private var path = JSONLocation()
  private var order: [Int] = []

  /// Always `nil`, so that a reader can return it.
  @discardableResult
  package mutating func add<Value>(
    _ code: Violation.Code, _ detail: String, limits: [String: String] = [:]
  ) -> Value? {
    found.append(Fault(path: path, order: order, code: code, detail: detail, limits: limits))
    return nil
  }

  package mutating func wrongType<Value>(_ expected: String, _ value: JSONValue) -> Value? {
    add(.wrongType, "must be \(expected), not \(value.kind)")
  }

  /// Faults that `body` adds belong to a member of the value.
  package mutating func member<Value>(_ name: String, _ index: Int, _ body: (inout FieldFaults) -> Value?) -> Value? {
    within(.member(name), index, body)
  }

  /// Faults that `body` adds belong to an element of the value.
  package mutating func element<Value>(_ index: Int, _ body: (inout FieldFaults) -> Value?) -> Value? {
    within(.element(index), index, body)
  }

  private mutating func within<Value>(
    _ step: JSONLocation.Step, _ index: Int, _ body: (inout FieldFaults) -> Value?
  ) -> Value? {
    path.steps.append(step)
    order.append(index)
    defer {
      path.steps.removeLast()
      order.removeLast()
    }
    return body(&self)
  }
}
