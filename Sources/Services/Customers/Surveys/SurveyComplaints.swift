import Domain
import Repositories

extension ComplaintService {
  /// Bad marks are a complaint in the transaction in which they come, whoever writes them down: they cannot be read and forgotten
  /// (FUP-05, CMP-02, domain.md section 12). Somebody without a file complains with his contact; of whom nobody knows anything
  /// cannot be called back, so his are marks and nothing more.
  ///
  /// - Returns: the complaint, if there is one.
  func open<Output>(
    about response: SurveyResponse, after order: WorkOrder?, from stranger: RequestContact? = nil,
    _ command: Command<Output>, in tx: Transaction
  ) async throws -> Complaint? {
    let policy = try await policies.current(FollowUpsPolicy.self, at: response.stationID, command.at, in: tx).body
    guard policy.asksForComplaint(rating: response.lowestRating, nps: response.nps) else { return nil }
    let file = try await file(of: response.customerID, command, in: tx)
    let customer = file?.state == .active ? file : nil
    let known = customer.map { RequestContact(name: $0.profile.name, phone: $0.profile.phone) } ?? stranger
    guard var contact = known else { return nil }
    if customer != nil, let brought = order?.header.contact {
      contact = RequestContact(name: brought.name ?? contact.name, phone: brought.phone ?? contact.phone)
    }
    return try await open(
      ComplaintDraft(
        stationID: response.stationID,
        header: ComplaintHeader(
          channel: .survey, contact: contact, customerID: customer?.id, vehicleID: order?.header.vehicleID,
          origin: ComplaintOrigin(workOrderID: order?.id), category: .other, customerWords: response.words)),
      command, in: tx)
  }
}
