import Domain
import FoundationEssentials
import Services

/// The warranty claims of the demo, out of the drafts that its deliveries left: some still drafts, some approved by themselves,
/// some waiting for a person, returned, rejected or reduced (SM-6).
struct DemoClaims {
  private let services: Composition
  private let ground: DemoGround
  private let today: Timestamp

  init(_ services: Composition, _ ground: DemoGround, today: Timestamp) {
    self.services = services
    self.ground = ground
    self.today = today
  }

  func load() async throws {
    let auditor = try demoValue(ground.headquarters[.hqClaims], "no claims section")
    for (_, station) in ground.stations.sorted(by: { $0.key < $1.key }) {
      guard let clerk = ground.staff[station]?[.stClaims]?.first else { continue }
      var filter = WarrantyClaimFilter()
      filter.stationID = station
      let found = try await services.warrantyClaims.list(
        filter, PageRequest(limit: 100, sort: [.init("number")]), auditor)
      // The first stays a draft.
      for (place, claim) in found.items.enumerated().dropFirst() where claim.stamp.createdAt < submittedAt {
        try await carry(claim, place, clerk, auditor)
      }
    }
  }

  private var submittedAt: Timestamp { today.adding(seconds: -6 * 3600) }

  private func carry(_ claim: WarrantyClaim, _ place: Int, _ clerk: Caller, _ auditor: Caller) async throws {
    let service = services.warrantyClaims
    func command(_ caller: Caller, _ step: String, _ hours: Int64) -> Command<WarrantyClaim> {
      DemoWriter.command(caller, "claim-\(claim.number)-\(step)", at: submittedAt.adding(seconds: hours * 3600)) {
        $0.id.description
      }
    }
    let id = Reference<WarrantyClaim>.id(claim.id)
    _ = try await service.submit(id, command(clerk, "submit", 0))
    let submitted = try await service.whole(id, auditor)
    guard submitted.state == .underAudit else { return }
    switch place % 4 {
    case 0:
      _ = try await service.return(
        id, reason: .missingEvidence, text: "请补充故障件照片 Photographs of the failed part are missing",
        command(auditor, "return", 1))
    case 1:
      let decisions = submitted.lines.map {
        ClaimDecision(
          line: $0.number, outcome: .rejected, amount: nil, reason: .userCause,
          text: "用户自行加装 Fitted by the owner himself")
      }
      _ = try await service.decide(id, decisions, command(auditor, "reject", 1))
    case 2 where submitted.progress.blocking == 0:
      let decisions = submitted.lines.enumerated().map { index, line in
        let half = line.charge.amount.minor / 2
        return index == 0 && half > 0
          ? ClaimDecision(
            line: line.number, outcome: .reduced, amount: Money(minor: half, currency: claim.currency),
            reason: .sharedCost, text: "双方分担 Shared")
          : ClaimDecision(
            line: line.number, outcome: .approved, amount: nil, reason: .asClaimed, text: "情况属实 As it was found")
      }
      _ = try await service.decide(id, decisions, command(auditor, "decide", 1))
    default: break
    }
  }
}
