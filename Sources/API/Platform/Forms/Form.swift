package import Domain

/// Reads a JSON object member by member and collects everything that is wrong with it (C-02, C-09, C-17).
///
///     var form = try call.body()
///     let name = form.required("name", .text(1...200))
///     let lines = form.array("lines", 0...200) { line in LineDraft(reading: &line) }
///     try form.finish()
///     guard let name, let lines else { throw form.failure }
///
/// Members that nobody read are unknown members; nested forms check that on their own.
package struct Form {
  private let object: JSONObject
  private let location: JSONLocation
  /// Positions of the values on the way here: the order in which violations are told.
  private let order: [Int]
  private var read: [Bool]
  private var faults: ViolationList

  /// - Parameter violations: what the parser already found.
  package init(_ object: JSONObject, violations: [Violation] = []) {
    self.init(object, location: JSONLocation(), order: [], faults: ViolationList())
    for violation in violations { faults.add(violation, order: [-1]) }
  }

  private init(_ object: JSONObject, location: JSONLocation, order: [Int], faults: ViolationList) {
    self.object = object
    self.location = location
    self.order = order
    self.faults = faults
    read = Array(repeating: false, count: object.members.count)
  }

  /// Whether nothing is wrong so far.
  package var isValid: Bool { faults.isEmpty }

  /// Everything found wrong so far, for `guard … else { throw form.failure }`.
  package var failure: Refusal { .invalid(faults.violations) }

  /// Names that nobody read become violations; throws if anything is wrong.
  package mutating func finish() throws(Refusal) {
    addUnknown()
    if !faults.isEmpty { throw failure }
  }

  // MARK: Members of a whole document

  /// `nil`: recorded as a violation. Null counts as absent, and a text in which nothing can be read says as little: a reason that
  /// must be given is not given by a blank (SEC-10).
  package mutating func required<Value>(_ name: String, _ reader: FieldReader<Value>) -> Value? {
    guard let (index, value) = take(name), value != .null else {
      return refuseAbsent(name)
    }
    if Self.isBlank(value) { return refuseBlank(name, index) }
    return self.value(name, index, value, reader)
  }

  /// `nil`: absent, null, or recorded as a violation.
  package mutating func optional<Value>(_ name: String, _ reader: FieldReader<Value>) -> Value? {
    guard let (index, value) = take(name), value != .null else { return nil }
    return self.value(name, index, value, reader)
  }

  // MARK: Members of a merge patch

  /// A member that may be cleared: absent keeps, null sets `nil`. A violation keeps (and is recorded).
  package mutating func patch<Value>(_ name: String, _ reader: FieldReader<Value>) -> Patch<Value?> {
    guard let (index, value) = take(name) else { return .keep }
    if value == .null { return .set(nil) }
    guard let new = self.value(name, index, value, reader) else { return .keep }
    return .set(new)
  }

  /// A member that may not be cleared: null is a `required` violation.
  package mutating func requiredPatch<Value>(_ name: String, _ reader: FieldReader<Value>) -> Patch<Value> {
    guard let (index, value) = take(name) else { return .keep }
    if value == .null {
      add(name, index, .required, "must not be null")
      return .keep
    }
    if Self.isBlank(value) {
      let _: Never? = refuseBlank(name, index)
      return .keep
    }
    guard let new = self.value(name, index, value, reader) else { return .keep }
    return .set(new)
  }

  /// A member that clients see but never set: naming it is a `readOnly` violation (C-17).
  package mutating func readOnly(_ names: String...) {
    for name in names {
      if let (index, _) = take(name) { add(name, index, .readOnly, "cannot be set") }
    }
  }

  // MARK: Members of a document that is new or patched
  //
  // One reader for both: `current` is what the document says now. Without it the body is a whole document, with it a merge
  // patch, and what is returned is the merged member (C-17).

  /// A member that is never null: a new document must have it, a patch may not clear it.
  package mutating func required<Value>(
    _ name: String, _ reader: FieldReader<Value>, keeping current: Value?
  ) -> Value? {
    guard let current else { return required(name, reader) }
    return requiredPatch(name, reader).applied(to: current)
  }

  /// A member that may be null.
  package mutating func optional<Value>(
    _ name: String, _ reader: FieldReader<Value>, keeping current: Value?
  ) -> Value? {
    patch(name, reader).applied(to: current)
  }

  /// A member that a new document may leave out.
  package mutating func optional<Value>(
    _ name: String, _ reader: FieldReader<Value>, keeping current: Value?, else standard: Value
  ) -> Value {
    guard let current else { return optional(name, reader) ?? standard }
    return requiredPatch(name, reader).applied(to: current)
  }

  /// A member that is set once, with the document.
  package mutating func fixed<Value>(
    _ name: String, _ reader: FieldReader<Value>, keeping current: Value?
  ) -> Value? {
    guard let current else { return required(name, reader) }
    readOnly(name)
    return current
  }

  /// Objects in an array, which a patch replaces as a whole.
  package mutating func array<Item>(
    _ name: String, _ count: ClosedRange<Int>, keeping current: [Item]?, _ item: (inout Form) throws -> Item?
  ) rethrows -> [Item]? {
    if let current, !has(name) { return current }
    return try array(name, count, item)
  }

  /// Identities in other systems: those of a new document, or the current ones with what a merge patch says of some.
  package mutating func externalIDs(keeping current: [String: String]?) -> [String: String] {
    guard let current else { return optional("externalIds", .externalIDs) ?? [:] }
    do throws(Refusal) {
      return try externalIDsPatch().applied(to: current)
    } catch {
      faults.add(ExternalIDsPatch.excess, order: order + [object.index(of: "externalIds") ?? Int.max])
      return current
    }
  }

  /// What a merge patch says of identities in other systems.
  package mutating func externalIDsPatch() -> ExternalIDsPatch {
    switch requiredPatch("externalIds", .externalIDsPatch) {
    case .keep: .keep
    case .set(let patch): patch
    }
  }

  /// What a patched document shows and no client sets (C-15, C-17); in a new document they are unknown.
  package mutating func readOnly<Document: Record>(of current: Document?, _ names: String...) {
    guard current != nil else { return }
    for name in ["id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy"] + names { readOnly(name) }
  }

  // MARK: Nested documents

  /// Objects in an array; absent and null are an empty array if `count` allows none.
  package mutating func array<Item>(
    _ name: String, _ count: ClosedRange<Int>, _ item: (inout Form) throws -> Item?
  ) rethrows -> [Item]? {
    guard let (index, value) = take(name), value != .null else {
      return count.lowerBound == 0 ? [] : refuseAbsent(name)
    }
    guard case .array(let elements) = value else {
      return add(name, index, .wrongType, "must be an array, not \(value.kind)")
    }
    guard count.contains(elements.count) else {
      return elements.count < count.lowerBound
        ? add(
          name, index, .tooShort, "must have at least \(count.lowerBound) entries",
          limits: ["min": "\(count.lowerBound)"])
        : add(
          name, index, .tooLong, "must have at most \(count.upperBound) entries",
          limits: ["max": "\(count.upperBound)"])
    }
    var items: [Item] = []
    items.reserveCapacity(elements.count)
    for (position, element) in elements.enumerated() {
      let place = location.appending(.member(name)).appending(.element(position))
      let read = try nested(element, place, order + [index, position], item)
      if let read { items.append(read) }
    }
    return items.count == elements.count ? items : nil
  }

  /// A nested object that may be absent or null.
  package mutating func object<Value>(_ name: String, _ body: (inout Form) throws -> Value?) rethrows -> Value? {
    guard let (index, value) = take(name), value != .null else { return nil }
    return try nested(value, location.appending(.member(name)), order + [index], body)
  }

  /// A nested object that must be there.
  package mutating func requiredObject<Value>(
    _ name: String, _ body: (inout Form) throws -> Value?
  ) rethrows -> Value? {
    guard let (index, value) = take(name), value != .null else { return refuseAbsent(name) }
    return try nested(value, location.appending(.member(name)), order + [index], body)
  }

  /// A nested object of a merge patch: absent keeps, null clears; inside, members are read with `patch` (objects
  /// merge).
  package mutating func objectPatch<Value>(
    _ name: String, _ body: (inout Form) throws -> Value?
  ) rethrows -> Patch<Value?> {
    guard let (index, value) = take(name) else { return .keep }
    if value == .null { return .set(nil) }
    guard let new = try nested(value, location.appending(.member(name)), order + [index], body) else { return .keep }
    return .set(new)
  }

  /// Records a violation that only the whole form shows (`inconsistent`, `notUnique`).
  package mutating func refuse(_ name: String, _ code: Violation.Code, _ detail: String) {
    add(name, object.index(of: name) ?? Int.max, code, detail)
  }

  /// Whether the body names this member at all.
  package func has(_ name: String) -> Bool { object.index(of: name) != nil }

  // MARK: Inside

  private mutating func take(_ name: String) -> (Int, JSONValue)? {
    guard let index = object.index(of: name) else { return nil }
    read[index] = true
    return (index, object.members[index].value)
  }

  private mutating func value<Value>(
    _ name: String, _ index: Int, _ value: JSONValue, _ reader: FieldReader<Value>
  ) -> Value? {
    var found = FieldFaults()
    let result = reader.read(value, &found)
    for fault in found.found {
      let place = JSONLocation(steps: location.steps + [.member(name)] + fault.path.steps)
      faults.add(
        Violation(pointer: place.pointer, code: fault.code, detail: fault.detail, limits: fault.limits),
        order: order + [index] + fault.order)
    }
    return found.found.isEmpty ? result : nil
  }

  private mutating func nested<Value>(
    _ value: JSONValue, _ place: JSONLocation, _ order: [Int], _ body: (inout Form) throws -> Value?
  ) rethrows -> Value? {
    guard case .object(let object) = value else {
      faults.add(
        Violation(pointer: place.pointer, code: .wrongType, detail: "must be an object, not \(value.kind)"),
        order: order)
      return nil
    }
    var form = Form(object, location: place, order: order, faults: ViolationList())
    let result = try body(&form)
    form.addUnknown()
    faults.add(contentsOf: form.faults)
    return form.faults.isEmpty ? result : nil
  }

  private mutating func addUnknown() {
    for (index, member) in object.members.enumerated() where !read[index] {
      read[index] = true
      add(member.name, index, .unknownField, "is not a member of this document")
    }
  }

  private mutating func refuseAbsent<Value>(_ name: String) -> Value? {
    add(name, Int.max, .required, "is required")
  }

  private mutating func refuseBlank<Value>(_ name: String, _ index: Int) -> Value? {
    add(name, index, .tooShort, "must have a character that can be read", limits: ["min": "1"])
  }

  /// Characters, and none of them to be seen: blanks, line ends, and those of no width.
  private static func isBlank(_ value: JSONValue) -> Bool {
    guard case .string(let text) = value, !text.isEmpty else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
      let properties = scalar.properties
      return properties.isWhitespace || properties.generalCategory == .format || properties.generalCategory == .control
    }
  }

  @discardableResult
  private mutating func add<Value>(
    _ name: String, _ index: Int, _ code: Violation.Code, _ detail: String, limits: [String: String] = [:]
  ) -> Value? {
    faults.add(
      Violation(pointer: location.appending(.member(name)).pointer, code: code, detail: detail, limits: limits),
      order: order + [index])
    return nil
  }

  private mutating func add(_ name: String, _ index: Int, _ code: Violation.Code, _ detail: String) {
    let _: Never? = add(name, index, code, detail, limits: [:])
  }
}

/// Violations with their places in the input. Kept in bounds however much is wrong.
struct ViolationList {
  static let limit = 50

  private var entries: [(order: [Int], violation: Violation)] = []

  var isEmpty: Bool { entries.isEmpty }

  /// In input order, what is missing behind what is there; at most 50 (C-09).
  var violations: [Violation] {
    // The sort is stable by the position in `entries`.
    let sorted = entries.enumerated().sorted { left, right in
      if left.element.order == right.element.order { return left.offset < right.offset }
      return left.element.order.lexicographicallyPrecedes(right.element.order)
    }
    return sorted.prefix(Self.limit).map(\.element.violation)
  }

  mutating func add(_ violation: Violation, order: [Int]) {
    // Far more than is told: a later part of the body must not grow memory without bound.
    if entries.count < 1000 { entries.append((order, violation)) }
  }

  mutating func add(contentsOf other: ViolationList) {
    for entry in other.entries { add(entry.violation, order: entry.order) }
  }
}
