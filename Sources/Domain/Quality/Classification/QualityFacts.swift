/// What is known about a quality problem, typed, so that its level follows from it and from the policy alone (A1). Everything is
/// unknown or absent until somebody says otherwise.
package struct QualityFacts: Hashable, Sendable {
  package enum MediaExposure: String, Hashable, Sendable, CaseIterable {
    case none, imminent, exposed
  }

  package enum SalesImpact: String, Hashable, Sendable, CaseIterable {
    case none, possible, direct
  }

  /// People injured or killed; `nil`: nobody knows yet, which is judged as nobody.
  package var casualties: Int?
  /// A major quality accident happened, with casualties or without.
  package var majorAccident: Bool
  package var mediaExposure: MediaExposure
  /// Whether exposure does the company's reputation major damage; `nil`: not judged, which is taken for yes.
  package var reputationDamage: Bool?
  package var manufacturingError: ManufacturingErrorAssertion?
  package var companyLoss: Money?
  /// Of the vehicle itself, before the damage.
  package var vehicleValue: Money?
  /// What the customer demands.
  package var compensationDemand: Money?
  package var salesImpact: SalesImpact
  /// Broke down on the road because of a quality problem.
  package var breakdown: Bool
  /// A defect of quality; a defect of function is one too.
  package var qualityDefect: Bool
  package var functionalDefect: Bool
  /// Complaints on the same model, part and fault, as counted when the facts were judged.
  package var complaintFrequency: [ComplaintCount]

  package init(
    casualties: Int? = nil, majorAccident: Bool = false, mediaExposure: MediaExposure = .none,
    reputationDamage: Bool? = nil, manufacturingError: ManufacturingErrorAssertion? = nil, companyLoss: Money? = nil,
    vehicleValue: Money? = nil, compensationDemand: Money? = nil, salesImpact: SalesImpact = .none,
    breakdown: Bool = false, qualityDefect: Bool = false, functionalDefect: Bool = false,
    complaintFrequency: [ComplaintCount] = []
  ) {
    self.casualties = casualties
    self.majorAccident = majorAccident
    self.mediaExposure = mediaExposure
    self.reputationDamage = reputationDamage
    self.manufacturingError = manufacturingError
    self.companyLoss = companyLoss
    self.vehicleValue = vehicleValue
    self.compensationDemand = compensationDemand
    self.salesImpact = salesImpact
    self.breakdown = breakdown
    self.qualityDefect = qualityDefect
    self.functionalDefect = functionalDefect
    self.complaintFrequency = complaintFrequency
  }

  /// The facts without free text, for events and for callers who may not read what people wrote.
  package var withoutWords: QualityFacts {
    var facts = self
    facts.manufacturingError = manufacturingError.map {
      ManufacturingErrorAssertion(evidence: FreeText.cleaned($0.evidence), assertedBy: $0.assertedBy)
    }
    return facts
  }
}

/// A manufacturing error caused the user a loss and he complained: what a person says it rests on (QI-12, D-06).
package struct ManufacturingErrorAssertion: Hashable, Sendable {
  package let evidence: String
  package let assertedBy: String

  package init(evidence: String, assertedBy: String) {
    self.evidence = evidence
    self.assertedBy = assertedBy
  }
}

/// So many complaints within so many days up to the judgement (QI-30).
package struct ComplaintCount: Hashable, Sendable {
  package let complaints: Int
  package let windowDays: Int

  package init(complaints: Int, windowDays: Int) {
    self.complaints = complaints
    self.windowDays = windowDays
  }

  /// A count over a shorter window is a lower bound of the count over a longer one.
  package func reaches(_ frequency: ComplaintFrequency) -> Bool {
    windowDays <= frequency.windowDays && complaints >= frequency.complaints
  }
}

// MARK: As stored with a judgement and told in events

extension QualityFacts {
  package var value: EventValue {
    .object([
      "breakdown": .boolean(breakdown),
      "casualties": casualties.map { .integer(Int64($0)) } ?? .null,
      "companyLoss": Self.value(companyLoss),
      "compensationDemand": Self.value(compensationDemand),
      "complaintFrequency": .list(
        complaintFrequency.map {
          .object(["complaints": .integer(Int64($0.complaints)), "windowDays": .integer(Int64($0.windowDays))])
        }),
      "functionalDefect": .boolean(functionalDefect),
      "majorAccident": .boolean(majorAccident),
      "manufacturingError": manufacturingError.map {
        .object(["assertedBy": .text($0.assertedBy), "evidence": .text($0.evidence)])
      } ?? .null,
      "mediaExposure": .text(mediaExposure.rawValue),
      "qualityDefect": .boolean(qualityDefect),
      "reputationDamage": reputationDamage.map(EventValue.boolean) ?? .null,
      "salesImpact": .text(salesImpact.rawValue),
      "vehicleValue": Self.value(vehicleValue),
    ])
  }

  /// What `value` wrote; a member that is missing is a fact that nobody knows.
  package init(_ value: EventValue) {
    self.init()
    guard case .object(let members) = value else { return }
    casualties = members.integer("casualties")
    majorAccident = members["majorAccident"] == .boolean(true)
    mediaExposure = members.text("mediaExposure").flatMap(MediaExposure.init(rawValue:)) ?? .none
    if case .boolean(let flag)? = members["reputationDamage"] { reputationDamage = flag }
    if case .object(let assertion)? = members["manufacturingError"], let evidence = assertion.text("evidence") {
      manufacturingError = ManufacturingErrorAssertion(
        evidence: evidence, assertedBy: assertion.text("assertedBy") ?? "")
    }
    companyLoss = members.money("companyLoss")
    vehicleValue = members.money("vehicleValue")
    compensationDemand = members.money("compensationDemand")
    salesImpact = members.text("salesImpact").flatMap(SalesImpact.init(rawValue:)) ?? .none
    breakdown = members["breakdown"] == .boolean(true)
    qualityDefect = members["qualityDefect"] == .boolean(true)
    functionalDefect = members["functionalDefect"] == .boolean(true)
    if case .list(let counts)? = members["complaintFrequency"] {
      complaintFrequency = counts.compactMap { count in
        guard case .object(let count) = count, let complaints = count.integer("complaints"),
          let days = count.integer("windowDays")
        else { return nil }
        return ComplaintCount(complaints: complaints, windowDays: days)
      }
    }
  }

  private static func value(_ money: Money?) -> EventValue {
    guard let money else { return .null }
    return .object(["amount": .text(money.amount), "currency": .text(money.currency.rawValue)])
  }
}

extension [String: EventValue] {
  fileprivate func text(_ name: String) -> String? {
    if case .text(let text)? = self[name] { text } else { nil }
  }

  fileprivate func integer(_ name: String) -> Int? {
    if case .integer(let number)? = self[name] { Int(number) } else { nil }
  }

  fileprivate func money(_ name: String) -> Money? {
    guard case .object(let money)? = self[name], let currency = money.text("currency").flatMap(Currency.init(rawValue:))
    else { return nil }
    return money.text("amount").flatMap { Money($0, currency: currency) }
  }
}
