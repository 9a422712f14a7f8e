import API
import Domain
import Services

/// What only the routes of a serving process need.
struct RouteParts: Sendable {
  let document: OpenAPIDocument
  let secret: SecretKey
  let readiness: Readiness
  let checks: [SystemRoutes.Check]
}

extension Composition {
  /// Every operation of the product. A new family adds its line here.
  func routes(_ parts: RouteParts) -> RouteTable {
    var table = RouteTable()
    OAuthRoutes(tokens, verifier: verifier).add(to: &table)
    MeRoutes(me).add(to: &table)
    UserRoutes(users, delegations: delegations, loginGuard: loginGuard).add(to: &table)
    ClientRoutes(clients).add(to: &table)
    PolicyRoutes(policies).add(to: &table)
    EventRoutes(eventFeed).add(to: &table)
    WebhookRoutes(webhooks).add(to: &table)

    RegionRoutes(regions).add(to: &table)
    StationRoutes(stations).add(to: &table)
    SupplierRoutes(suppliers).add(to: &table)
    CustomerRoutes(customers).add(to: &table)
    CustomerFileRoutes(customerFiles, services: nextServices).add(to: &table)
    let personalDataRoutes = PersonalDataRoutes(personalData)
    personalDataRoutes.add(to: &table)
    VehicleRoutes(vehicles).add(to: &table)
    VehicleModelRoutes(vehicleModels).add(to: &table)
    LabourOperationRoutes(labourOperations).add(to: &table)
    ServiceItemRoutes(serviceItems).add(to: &table)
    FaultCodeRoutes(faultCodes).add(to: &table)
    PartRoutes(self.parts, prices: priceLists).add(to: &table)
    SbomRoutes(sboms).add(to: &table)
    PriceListRoutes(priceLists).add(to: &table)
    StockLocationRoutes(warehouses).add(to: &table)
    StockRoutes(stock).add(to: &table)
    StationPartsRoutes(stationParts).add(to: &table)
    StockMovementRoutes(stockMovements).add(to: &table)
    ReservationRoutes(reservations).add(to: &table)
    StocktakeRoutes(stocktakes).add(to: &table)
    MinimumStockRoutes(minimumStocks).add(to: &table)
    ReserveQuotaRoutes(reserveQuotas).add(to: &table)
    ReplenishmentProposalRoutes(replenishmentProposals).add(to: &table)
    PartsSaleRoutes(partsSales).add(to: &table)
    PartsReturnRoutes(partsReturns).add(to: &table)
    let workOrderRoutes = WorkOrderRoutes(
      workOrders, progressLinks: ProgressLinkService(work, secret: parts.secret.derived(for: "progress links")))
    workOrderRoutes.add(to: &table)

    CalendarRoutes(calendars).add(to: &table)
    let clockRoutes = ClockRoutes(clocks)
    clockRoutes.add(to: &table)
    clockRoutes.add(clocksOf: workOrderRoutes, to: &table)
    let followUpRoutes = FollowUpRoutes(followUps)
    followUpRoutes.add(to: &table)
    clockRoutes.add(clocksOf: followUpRoutes, to: &table)
    SurveyRoutes(surveys).add(to: &table)
    SurveyResponseRoutes(
      surveyResponses,
      links: SurveyLinkService(work, complaints: complaints, secret: parts.secret.derived(for: "survey links"))
    ).add(to: &table)
    LetterRoutes(letters).add(to: &table)
    WorkshopRoutes(workshops).add(to: &table)
    let appointmentRoutes = AppointmentRoutes(appointments)
    appointmentRoutes.add(to: &table)
    personalDataRoutes.add(readsOf: appointmentRoutes, to: &table)
    NoteRoutes(notes).add(to: &table)
    AttachmentRoutes(attachments).add(to: &table)
    let serviceRequestRoutes = ServiceRequestRoutes(serviceRequests)
    serviceRequestRoutes.add(to: &table)
    clockRoutes.add(clocksOf: serviceRequestRoutes, to: &table)
    personalDataRoutes.add(readsOf: serviceRequestRoutes, to: &table)
    ProductReturnRoutes(productReturns).add(to: &table)
    let oldPartRoutes = OldPartRoutes(oldParts)
    oldPartRoutes.add(to: &table)
    clockRoutes.add(clocksOf: oldPartRoutes, to: &table)
    SupplierRecoveryRoutes(supplierRecoveries).add(to: &table)
    CarrierRoutes(carriers).add(to: &table)
    let partsOrderRoutes = PartsOrderRoutes(partsOrders)
    partsOrderRoutes.add(to: &table)
    TransferRequestRoutes(TransferRequestService(partsOrders)).add(to: &table)
    clockRoutes.add(clocksOf: partsOrderRoutes, to: &table)
    let shipmentRoutes = ShipmentRoutes(shipments)
    shipmentRoutes.add(to: &table)
    clockRoutes.add(clocksOf: shipmentRoutes, to: &table)
    PartsClaimRoutes(partsClaims).add(to: &table)
    let complaintRoutes = ComplaintRoutes(complaints)
    complaintRoutes.add(to: &table)
    clockRoutes.add(clocksOf: complaintRoutes, to: &table)
    ReportRoutes(reports).add(to: &table)
    IssuedReportRoutes(issuedReports).add(to: &table)
    let qualityIssueRoutes = QualityIssueRoutes(qualityIssues)
    qualityIssueRoutes.add(to: &table)
    clockRoutes.add(clocksOf: qualityIssueRoutes, to: &table)
    let warrantyClaimRoutes = WarrantyClaimRoutes(warrantyClaims)
    warrantyClaimRoutes.add(to: &table)
    clockRoutes.add(clocksOf: warrantyClaimRoutes, to: &table)
    ClaimRuleTrialRoutes(claimRuleTrials).add(to: &table)
    CampaignRoutes(campaigns).add(to: &table)
    CampaignVehicleRoutes(campaignVehicles).add(to: &table)
    LedgerRoutes(ledger).add(to: &table)
    PayableItemRoutes(payableItems).add(to: &table)
    SettlementRoutes(settlements).add(to: &table)
    StationAwardRoutes(penalties).add(to: &table)
    StationAwardRoutes(rewards).add(to: &table)

    EntitlementRoutes(entitlements).add(to: &table)
    ThreeGuaranteeRoutes(threeGuarantees).add(to: &table)
    let preAuthorisationRoutes = PreAuthorisationRoutes(preAuthorisations)
    preAuthorisationRoutes.add(to: &table)
    clockRoutes.add(clocksOf: preAuthorisationRoutes, to: &table)
    EarlyWarningRoutes(earlyWarnings).add(to: &table)
    ComponentFamilyRoutes(componentFamilies).add(to: &table)

    // Last, because it shows the problems that the families registered.
    let problems = table.problems
    SystemRoutes(
      readiness: parts.readiness, checks: parts.checks, document: parts.document, version: Self.version,
      catalogue: { problems }
    ).add(to: &table)
    return table
  }
}
