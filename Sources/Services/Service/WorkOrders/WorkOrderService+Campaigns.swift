import Domain
import Repositories

/// Open campaigns of the vehicle in hand: each is answered at check-in, and none is open unanswered when the order is closed (A8).
extension WorkOrderService {
  /// Keeps the answers of the check-in.
  ///
  /// - Throws: 422 for an answer about no open campaign, and where one has none.
  func answer(
    _ answers: [CampaignAnswer], to open: [CampaignVehicle], on order: WorkOrder, by caller: Caller,
    at instant: Timestamp, in tx: Transaction
  ) throws(Refusal) {
    try record(answers, about: open, on: order, by: caller, at: instant, in: tx)
    let unanswered = open.filter { vehicle in !answers.contains { $0.campaignID == vehicle.campaign.id } }
    if !unanswered.isEmpty {
      let numbers = unanswered.map(\.campaign.number).joined(separator: ", ")
      throw .invalid("#/campaigns", .required, "must say whether to perform or to defer: \(numbers)")
    }
  }

  /// Before an order is closed: what is still open was put off on this order, with a reason.
  ///
  /// - Throws: `campaigns-unanswered`.
  func requireAnswers(
    _ answers: [CampaignAnswer], on order: WorkOrder, by caller: Caller, at instant: Timestamp, in tx: Transaction
  ) async throws {
    guard let vehicle = order.header.vehicleID else { return }
    let (open, deferred) = try await tx.run(
      CampaignVehicleRepository.open(of: vehicle), CampaignVehicleRepository.deferred(on: order.id))
    try record(answers, about: open, on: order, by: caller, at: instant, in: tx)
    let later = answers.filter { $0.choice == .defer }.map(\.campaignID)
    let unanswered = open.filter { !deferred.contains($0.campaign.id) && !later.contains($0.campaign.id) }
    if !unanswered.isEmpty {
      let numbers = unanswered.map(\.campaign.number).joined(separator: ", ")
      throw Refusal.conflict(
        code: "campaigns-unanswered", detail: "Neither performed nor deferred with a reason: \(numbers).",
        .conflicts(unanswered.map { .init(.campaign, $0.campaign.id.uuid, $0.campaign.number) }))
    }
  }

  private func record(
    _ answers: [CampaignAnswer], about open: [CampaignVehicle], on order: WorkOrder, by caller: Caller,
    at instant: Timestamp, in tx: Transaction
  ) throws(Refusal) {
    for (place, answer) in answers.enumerated() {
      guard let vehicle = open.first(where: { $0.campaign.id == answer.campaignID }) else {
        throw .invalid("#/campaigns/\(place)/campaignId", .notFound, "is no open campaign of this vehicle")
      }
      if answers[..<place].contains(where: { $0.campaignID == answer.campaignID }) {
        throw .invalid("#/campaigns/\(place)/campaignId", .notUnique, "is answered twice")
      }
      tx.enqueue(CampaignVehicleRepository.insert(answer, of: vehicle, on: order, by: caller, at: instant))
    }
  }
}
