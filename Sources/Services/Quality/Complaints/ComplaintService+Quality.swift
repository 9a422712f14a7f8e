import Domain
import Repositories

/// What complaints mean for quality work: every one is judged when it is made and whenever its facts change (A1), counts as an
/// occurrence of its defect (QI-30), and opens a quality issue when it is confirmed as major (CMP-16).
extension ComplaintService {
  private var judge: QualityJudge { QualityJudge(policies) }

  /// - Parameter before: what it was; `nil`: it is new.
  func score<Output>(
    _ complaint: Complaint, over before: Complaint?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let facts = QualityFacts(of: complaint)
    if let before, QualityFacts(of: before) == facts, before.defects == complaint.defects,
      before.header.vehicleID == complaint.header.vehicleID
    {
      return
    }
    let model = try await model(of: complaint, command, in: tx)
    if let model {
      for statement in DefectRepository.save(
        complaint.defects, of: complaint.id.uuid, model: model, at: complaint.stamp.createdAt)
      {
        tx.enqueue(statement)
      }
    }
    let former =
      before == nil
      ? 0 : try await tx.run(QualityClassificationRepository.count(of: .complaint, complaint.id.uuid))
    _ = try await judge.judge(
      facts,
      of: QualityJudge.Subject(
        .complaint, complaint.id.uuid, model: model, defects: complaint.defects, judgements: former),
      before == nil ? .created : .changed, foreign: .ignored, command, in: tx)
  }

  /// The issue of a complaint that is confirmed as major; one that was confirmed before keeps its own.
  func proposeIssue<Output>(
    of complaint: Complaint, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [String: EventValue] {
    var data = complaint.proposal
    let issue: QualityIssue
    if let known = try await tx.run(QualityIssueRepository.find(of: complaint.id, in: command.caller.scope)) {
      issue = known
    } else {
      var header = QualityIssueHeader(of: complaint)
      header.modelID = try await model(of: complaint, command, in: tx)
      issue = try await QualityIssueService(work, clocks: clocks).open(
        header, QualityFacts(of: complaint), at: complaint.stationID, state: .reported, isSuspectedMajor: true, command,
        in: tx)
    }
    data["qualityIssueId"] = .text(issue.id.description)
    data["qualityIssueNumber"] = .text(issue.number)
    return data
  }

  private func model<Output>(
    of complaint: Complaint, _ command: Command<Output>, in tx: Transaction
  ) async throws -> VehicleModel.ID? {
    guard let vehicle = complaint.header.vehicleID else { return nil }
    return try await tx.run(VehicleRepository.find(.id(vehicle), in: command.caller.scope))?.profile.modelID
  }
}
