package import Domain
import Repositories

/// A kind of document that files can hang on. A new kind is one line in `all`: its store says who sees the document, and whoever
/// sees it sees its files.
package struct AttachmentFamily: Sendable {
  package let resource: Resource
  /// To read the document, and so its files.
  package let read: Permission
  package let attach: Permission
  package let detach: Permission
  package let subjects: SubjectFamily

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
    .of(
      QualityIssueRepository.self, read: .qualityIssuesRead, attach: .qualityIssuesAttach,
      detach: .qualityIssuesDetach),
    customers, vehicles,
    // Where whoever may write on the document, or notes on it, brings its files too.
    .of(PartsOrderRepository.self, read: .partsOrdersRead, write: .partsOrdersNote),
    transferRequests,
    .of(ShipmentRepository.self, read: .shipmentsRead, write: .shipmentsNote),
    .of(PartsSaleRepository.self, read: .partsSalesRead, write: .partsSalesWrite),
    .of(PartsReturnRepository.self, read: .partsReturnsRead, write: .partsReturnsWrite),
    .of(StocktakeRepository.self, read: .stocktakesRead, write: .stocktakesCount),
    .of(MinimumStockRepository.self, read: .minimumStocksRead, write: .minimumStocksWrite),
    .of(PriceListRepository.self, read: .priceListsRead, write: .priceListsWrite),
    .of(FollowUpRepository.self, read: .followUpsRead, write: .followUpsWrite),
    .of(LetterRepository.self, read: .lettersRead, write: .lettersWrite),
    .of(CampaignRepository.self, read: .campaignsRead, write: .campaignsWrite),
    .of(EarlyWarningRepository.self, read: .earlyWarningsRead, write: .earlyWarningsWrite),
    // Customers read where a station is, not its contracts: these are for who leads it and for headquarters.
    .of(StationRepository.self, read: .stationApplicationsRead, write: .stationApplicationsWrite),
    .of(PartRepository.self, read: .partsRead, write: .partsWrite),
    .of(VehicleModelRepository.self, read: .vehicleModelsRead, write: .vehicleModelsWrite),
    .of(LabourOperationRepository.self, read: .labourOperationsRead, write: .labourOperationsWrite),
    suppliers,
  ]

  static func of<Store: DocumentStore>(
    _ store: Store.Type, read: Permission, attach: Permission, detach: Permission
  ) -> AttachmentFamily {
    AttachmentFamily(
      resource: Store.Document.resource, read: read, attach: attach, detach: detach, subjects: .of(store))
  }

  static func of<Store: DocumentStore>(
    _ store: Store.Type, read: Permission, write: Permission
  ) -> AttachmentFamily {
    .of(store, read: read, attach: write, detach: write)
  }

  /// A scan of an identity card cannot be masked: only those who may know the person see that there is one, and each look at
  /// it is written down (SEC-04). Of a person who was erased there is nothing.
  private static let customers = AttachmentFamily(
    resource: .customer, read: .customersReadPersonal, attach: .customersAttach, detach: .customersDetach,
    subjects: .customers)

  /// Every station sees every vehicle, but not what others have filed about it: papers show whose it is.
  private static let vehicles = AttachmentFamily(
    resource: .vehicle, read: .vehiclesRead, attach: .vehiclesAttach, detach: .vehiclesDetach, subjects: .vehicles)

  /// Everybody knows who makes what; what was agreed with him is headquarters', as his contracts are (SET-05).
  private static let suppliers = AttachmentFamily(
    resource: .supplier, read: .supplierRecoveriesRead, attach: .supplierRecoveriesWrite,
    detach: .supplierRecoveriesWrite, subjects: .suppliers)

  private static let transferRequests = AttachmentFamily(
    resource: .transferRequest, read: .partsOrdersRead, attach: .partsOrdersAgree, detach: .partsOrdersAgree,
    subjects: .transferRequests)
}
