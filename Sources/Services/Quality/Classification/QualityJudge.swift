package import Domain
package import FoundationEssentials
package import Repositories

/// Judges facts by the policy in force and keeps every judgement (A1); for the services of all documents that have facts: each
/// function works in the transaction of the change that made the facts.
package struct QualityJudge: Sendable {
  private let policies: PolicyBook

  package init(_ policies: PolicyBook) { self.policies = policies }

  /// Whose facts they are, and what they are counted under.
  package struct Subject: Sendable {
    package let resource: Resource
    package let id: UUID
    package let model: VehicleModel.ID?
    package let defects: [QualityDefect]
    /// How often it was judged before.
    package let judgements: Int

    package init(
      _ resource: Resource, _ id: UUID, model: VehicleModel.ID?, defects: [QualityDefect], judgements: Int
    ) {
      self.resource = resource
      self.id = id
      self.model = model
      self.defects = defects
      self.judgements = judgements
    }
  }

  /// What becomes of amounts in another currency than the policy's, which it cannot judge.
  package enum ForeignAmounts: Sendable {
    /// 422: whoever states facts for the judgement can state them in its currency.
    case refused
    /// They are kept and meet no criterion: the customer demanded what he demanded.
    case ignored
  }

  /// The facts with the frequencies of this moment, judged and kept. Occurrences that the transaction wrote before are counted.
  package func judge<Output>(
    _ facts: QualityFacts, of subject: Subject, _ occasion: ClassificationRecord.Occasion,
    foreign: ForeignAmounts = .refused, _ command: Command<Output>, in tx: Transaction
  ) async throws -> ClassificationRecord {
    let policy = try await policies.current(QualityLevelsPolicy.self, at: command.at, in: tx)
    var facts = facts
    switch foreign {
    case .refused: try Self.requireCurrency(facts, policy.body)
    case .ignored: break
    }
    if let model = subject.model, subject.defects.contains(where: \.isNamed) {
      facts.complaintFrequency = try await tx.run(
        DefectRepository.counts(
          subject.defects, of: model, windows: Self.windows(policy.body), until: command.at))
    } else {
      // What was counted for a defect that is not named any more says nothing of this one (QI-30).
      facts.complaintFrequency = []
    }
    let record = ClassificationRecord(
      sequence: subject.judgements + 1, occasion: occasion, facts: facts,
      classification: QualityClassifier.classify(facts, by: policy.body), policyVersion: policy.version,
      rulesVersion: QualityClassifier.rulesVersion, by: RecordStamp.Author(command.caller), at: command.at)
    tx.enqueue(
      QualityClassificationRepository.insert(record, of: subject.resource, subject.id))
    return record
  }

  /// What the rules would say; nothing is kept.
  package func tryOut(
    _ facts: QualityFacts, model: VehicleModel.ID?, defects: [QualityDefect], at instant: Timestamp,
    _ database: Database, _ caller: Caller
  ) async throws -> ClassificationRecord {
    let policy = try await policies.current(QualityLevelsPolicy.self, at: instant, database, caller)
    var facts = facts
    try Self.requireCurrency(facts, policy.body)
    if let model, defects.contains(where: \.isNamed) {
      facts.complaintFrequency += try await database.read(
        caller, DefectRepository.counts(defects, of: model, windows: Self.windows(policy.body), until: instant))
    }
    return ClassificationRecord(
      sequence: 0, occasion: .requested, facts: facts,
      classification: QualityClassifier.classify(facts, by: policy.body), policyVersion: policy.version,
      rulesVersion: QualityClassifier.rulesVersion, by: RecordStamp.Author(caller), at: instant)
  }

  /// Every judgement of a document, made again from what was kept with it.
  package func replay(
    of resource: Resource, _ subject: UUID, _ database: Database, _ caller: Caller
  ) async throws -> [ClassificationReplay] {
    try await database.snapshot(caller) { tx in
      var replays: [ClassificationReplay] = []
      for record in try await tx.run(QualityClassificationRepository.records(of: resource, subject)) {
        let policy = try await policies.version(QualityLevelsPolicy.self, record.policyVersion, in: tx)
        replays.append(ClassificationReplay(of: record, by: policy.body))
      }
      return replays
    }
  }

  private static func windows(_ policy: QualityLevelsPolicy) -> [Int] {
    Set([policy.veryHighFrequency.windowDays, policy.ratherHighFrequency.windowDays]).sorted()
  }

  private static func requireCurrency(_ facts: QualityFacts, _ policy: QualityLevelsPolicy) throws(Refusal) {
    let currency = policy.level2DemandFrom.currency
    let wrong = facts.amounts(notIn: currency)
    if !wrong.isEmpty {
      throw .invalid(
        wrong.map {
          Violation(
            pointer: "#/facts/\($0)/currency", code: .inconsistent,
            detail: "must be \(currency.rawValue), in which the policy judges")
        })
    }
  }
}
