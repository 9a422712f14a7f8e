import Domain
import FoundationEssentials

extension Form {
  mutating func policyDraft(_ key: PolicyKey) throws -> PolicyDraft {
    let body = required("body", .policyBody(key))
    let reason = required("reason", .text(1...2000))
    let subject = object("subject") { form -> PolicySubject? in
      let kind = form.required("kind", .choice(PolicySubject.Kind.self))
      let id = form.required("id", .id(PolicySubject.self))
      guard let kind, let id else { return nil }
      return PolicySubject(kind, id.uuid)
    }
    let validFrom = optional("validFrom", .timestamp)
    let validTo = optional("validTo", .timestamp)
    try finish()
    guard let body, let reason else { throw failure }
    return PolicyDraft(
      key: key, subject: subject,
      content: PolicyContent(body: body, reason: reason, validFrom: validFrom, validTo: validTo))
  }

  mutating func policyPatch() throws -> PolicyPatch {
    var patch = PolicyPatch()
    patch.body = requiredPatch("body", .bodyPatch)
    patch.reason = requiredPatch("reason", .text(1...2000))
    patch.validFrom = self.patch("validFrom", .timestamp)
    patch.validTo = self.patch("validTo", .timestamp)
    readOnly(
      "id", "key", "number", "policyVersion", "state", "subject", "decision", "submittedAt", "availableActions",
      "version", "createdAt", "createdBy", "updatedAt", "updatedBy")
    try finish()
    return patch
  }

  /// The reason that an action must give.
  mutating func reason() throws -> String {
    let reason = required("reason", .text(1...1000))
    try finish()
    guard let reason else { throw failure }
    return reason
  }
}

extension FieldReader where Value == EventValue {
  /// The body of a policy in its one written form; everything that is wrong with it at once (C-09).
  fileprivate static func policyBody(_ key: PolicyKey) -> FieldReader<EventValue> {
    FieldReader { value, faults in
      let before = faults.found.count
      let read = EventValue(value, &faults)
      let fractions = Set(faults.found.map(\.path))
      switch key.normalised(read) {
      case .success(let body): return faults.found.count == before ? body : nil
      case .failure(let refused):
        for fault in refused.faults where !fractions.contains(fault.location) {
          faults.add(fault, fault.path[...], value)
        }
        return nil
      }
    }
  }

  /// A merge patch on a body; what it makes of the body is judged when it is merged.
  fileprivate static var bodyPatch: FieldReader<EventValue> {
    FieldReader { value, faults in
      guard case .object = value else { return faults.wrongType("an object", value) }
      let before = faults.found.count
      let read = EventValue(value, &faults)
      return faults.found.count == before ? read : nil
    }
  }
}

extension EventValue {
  /// The same value; a number that is not whole is a fault, because bodies write fractions as decimal strings.
  fileprivate init(_ value: JSONValue, _ faults: inout FieldFaults) {
    switch value {
    case .null: self = .null
    case .boolean(let flag): self = .boolean(flag)
    case .string(let text): self = .text(Normalisation.nfc(text))
    case .number(let text):
      if let number = Int64(text) {
        self = .integer(number)
      } else {
        let _: Never? = faults.add(.wrongType, "must be an integer; fractions are decimal strings")
        self = .integer(0)
      }
    case .array(let items):
      self = .list(
        items.enumerated().map { index, item in
          faults.element(index) { EventValue(item, &$0) } ?? .null
        })
    case .object(let object):
      var members: [String: EventValue] = [:]
      for (index, member) in object.members.enumerated() {
        members[member.name] = faults.member(member.name, index) { EventValue(member.value, &$0) }
      }
      self = .object(members)
    }
  }
}

extension PolicyFault {
  fileprivate var location: JSONLocation {
    JSONLocation(
      steps: path.map { step in
        switch step {
        case .member(let name): .member(name)
        case .element(let index): .element(index)
        }
      })
  }
}

extension FieldFaults {
  /// Adds a fault of the domain where its value stands in the input, so that faults are told in the order of the input.
  fileprivate mutating func add(_ fault: PolicyFault, _ rest: ArraySlice<PolicyFault.Step>, _ value: JSONValue?) {
    guard let step = rest.first else {
      let _: Never? = add(fault.code, fault.detail, limits: fault.limits)
      return
    }
    switch step {
    case .member(let name):
      var index: Int?
      var next: JSONValue?
      if case .object(let object)? = value {
        index = object.index(of: name)
        next = object[name]
      }
      let _: Never? = member(name, index ?? Int.max) { faults in
        faults.add(fault, rest.dropFirst(), next)
        return nil
      }
    case .element(let place):
      var next: JSONValue?
      if case .array(let items)? = value, items.indices.contains(place) { next = items[place] }
      let _: Never? = element(place) { faults in
        faults.add(fault, rest.dropFirst(), next)
        return nil
      }
    }
  }
}
