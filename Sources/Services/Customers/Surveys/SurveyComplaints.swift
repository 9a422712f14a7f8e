import Domain
import Repositories

extension ComplaintService {
  /// Bad marks are a complaint in the transaction in which they come, whoever writes them down: they cannot be read and forgotten
  /// (FUP-05, CMP-02, domain.md section 12). Somebody whom nobody knows cannot be called back, so his are marks and nothing more.
  ///
  /// - Returns: the complaint, if there is one.
  func open<Output>(
    about response: SurveyResponse, after order: WorkOrder?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Complaint? {
    let policy = try await policies.current(FollowUpsPolicy.self, at: response.stationID, command.at, in: tx).body
    guard policy.asksForComplaint(rating: response.lowestRating, nps: response.nps), let id = response.customerID,
      let customer = try await tx.run(CustomerRepository.find(.id(id), in: command.caller.scope)),
      customer.state == .active
    else { return nil }
    let contact = order?.header.contact
    return try await open(
      ComplaintDraft(
        stationID: response.stationID,
        header: ComplaintHeader(
          channel: .survey,
          contact: RequestContact(
            name: contact?.name ?? customer.profile.name, phone: contact?.phone ?? customer.profile.phone),
          customerID: id, vehicleID: order?.header.vehicleID, origin: ComplaintOrigin(workOrderID: order?.id),
          category: .other, customerWords: response.words)), command, in: tx)
  }
}
