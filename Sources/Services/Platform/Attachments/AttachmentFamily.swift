package import Domain
import Repositories

/// A kind of document that files can hang on. A new kind is one line in `all`: its store says who sees the document, and whoever
/// sees it sees its files.
package struct AttachmentFamily: Sendable {
  /// Whose the files of a document are.
  package enum Ownership: Hashable, Sendable {
    /// The document's, wherever it goes.
    case document
    /// Of whoever brought them: the document belongs to no station.
    case sender
  }

  package let resource: Resource
  /// To read the document, and so its files.
  package let read: Permission
  package let attach: Permission
  package let detach: Permission
  package let ownership: Ownership
  let find: AttachmentRepository.SubjectFinder

  package static let all: [AttachmentFamily] = [
    .of(
      WorkOrderRepository.self, read: .workOrdersRead, attach: .workOrdersAttach, detach: .workOrdersDetach),
    .of(
      ServiceRequestRepository.self, read: .serviceRequestsRead, attach: .serviceRequestsAttach,
      detach: .serviceRequestsDetach),
    .of(
      AppointmentRepository.self, read: .appointmentsRead, attach: .appointmentsAttach, detach: .appointmentsDetach),
    .of(
      ProductReturnRepository.self, read: .productReturnsRead, attach: .productReturnsAttach,
      detach: .productReturnsDetach),
    .of(
      SettlementRepository.self, read: .settlementsRead, attach: .settlementsAttach, detach: .settlementsDetach),
    .of(OldPartRepository.self, read: .oldPartsRead, attach: .oldPartsAttach, detach: .oldPartsDetach),
    .of(
      SupplierRecoveryRepository.self, read: .supplierRecoveriesRead, attach: .supplierRecoveriesAttach,
      detach: .supplierRecoveriesDetach),
    .of(
      WarrantyClaimRepository.self, read: .warrantyClaimsRead, attach: .warrantyClaimsAttach,
      detach: .warrantyClaimsDetach),
    .of(
      PreAuthorisationRepository.self, read: .preAuthorisationsRead, attach: .preAuthorisationsAttach,
      detach: .preAuthorisationsDetach),
    .of(
      StationAwardRepository<PenaltyKind>.self, read: .penaltiesRead, attach: .penaltiesAttach,
      detach: .penaltiesDetach),
    .of(
      StationAwardRepository<RewardKind>.self, read: .rewardsRead, attach: .rewardsAttach, detach: .rewardsDetach),
    .of(ComplaintRepository.self, read: .complaintsRead, attach: .complaintsAttach, detach: .complaintsDetach),
    .of(PartsClaimRepository.self, read: .partsClaimsRead, attach: .partsClaimsAttach, detach: .partsClaimsDetach),
    customers, vehicles,
  ]

  static func of<Store: DocumentStore>(
    _ store: Store.Type, read: Permission, attach: Permission, detach: Permission
  ) -> AttachmentFamily {
    AttachmentFamily(
      resource: Store.Document.resource, read: read, attach: attach, detach: detach, ownership: .document,
      find: AttachmentRepository.subjects(in: store))
  }

  /// A scan of an identity card cannot be masked: only those who may know the person see that there is one, and each look at
  /// it is written down (SEC-04). Of a person who was erased there is nothing.
  private static let customers = AttachmentFamily(
    resource: .customer, read: .customersReadPersonal, attach: .customersAttach, detach: .customersDetach,
    ownership: .document, find: AttachmentRepository.customers)

  /// Every station sees every vehicle, but not what others have filed about it: papers show whose it is.
  private static let vehicles = AttachmentFamily(
    resource: .vehicle, read: .vehiclesRead, attach: .vehiclesAttach, detach: .vehiclesDetach, ownership: .sender,
    find: AttachmentRepository.subjects(in: VehicleRepository.self))
}

extension AttachmentFamily {
  /// How far a caller who sees the document sees its files.
  func sight(of caller: Caller) -> Caller {
    switch ownership {
    case .document: caller.beyondScope()
    case .sender: caller
    }
  }
}
