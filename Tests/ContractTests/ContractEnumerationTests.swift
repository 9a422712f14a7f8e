import Domain
import TestSupport
import Testing

/// The words that openapi.yaml lists are those of the domain.
@Suite("The enumerations of the contract")
struct ContractEnumerationTests {
  private let contract: Contract

  init() throws { contract = try ContractFixtures.contract() }

  private static let enumerations: [(schema: String, values: [String])] = [
    ("AppointmentChannel", words(Appointment.Channel.self)),
    ("AppointmentPriority", words(Appointment.Priority.self)),
    ("AgreementSide", words(ComplaintAgreement.Side.self)),
    ("AppointmentState", words(Appointment.State.self)),
    ("AttachmentMediaType", words(Domain.Attachment.MediaType.self)),
    ("CalendarExceptionKind", words(WorkingCalendar.Exception.Kind.self)),
    ("CampaignChannel", words(CampaignVehicle.Channel.self)),
    ("CampaignChoice", words(CampaignAnswer.Choice.self)),
    ("CampaignKind", words(Campaign.Kind.self)),
    ("CampaignState", words(Campaign.State.self)),
    ("CampaignVehicleState", words(CampaignVehicle.State.self)),
    ("ClaimAuditOutcome", words(ClaimAudit.Outcome.self)),
    ("ClaimDecisionOutcome", words(ClaimVerdict.Outcome.self)),
    ("ClaimDecisionReason", words(ClaimVerdict.Reason.self)),
    ("ClaimFindingSeverity", words(ClaimRulesPolicy.Severity.self)),
    ("ClaimLineKind", words(ClaimLine.Kind.self)),
    ("ClaimOldPart", words(ClaimLine.OldPart.self)),
    ("ClaimRule", words(ClaimRulesPolicy.Rule.self)),
    ("ClaimRuleTrialState", words(ClaimRuleTrial.State.self)),
    ("ClaimSettlement", words(ClaimLine.Standing.self)),
    ("ClaimVersionOccasion", words(ClaimVersion.Occasion.self)),
    ("ClassificationOccasion", words(ClassificationRecord.Occasion.self)),
    ("ClientState", words(MachineClient.State.self)),
    ("ClockDayKind", words(ClockExplanation.Day.Kind.self)),
    ("ClockEntryKind", words(ClockEntry.Kind.self)),
    ("ClockIntervalKind", words(ClockExplanation.Interval.Kind.self)),
    ("ClockKind", words(ClockKind.self)),
    ("ClockReach", words(DeadlineRule.Step.Reach.self)),
    ("ClockState", words(Clock.State.self)),
    ("ComplaintCategory", words(Complaint.Category.self)),
    ("ComplaintCause", words(ComplaintCause.self)),
    ("ComplaintChannel", words(Complaint.Channel.self)),
    ("ComplaintDepartment", words(Complaint.Department.self)),
    ("ComplaintKind", words(Complaint.Kind.self)),
    ("ComplaintState", words(Complaint.State.self)),
    ("ComponentGroup", words(ComponentGroup.self)),
    ("ContactPreference", words(Customer.ContactPreference.self)),
    ("Currency", words(Currency.self)),
    ("CustomerKind", words(Customer.Kind.self)),
    ("CustomerState", words(Customer.State.self)),
    ("CustomerVehicleRole", words(CustomerVehicle.Role.self)),
    ("DecisionChannel", words(CustomerDecision.Channel.self)),
    ("DispatchExclusionCode", words(DispatchRanking.Exclusion.self)),
    ("DuplicateMatch", words(DuplicateCandidate.Match.self)),
    ("EightDDiscipline", words(EightDStep.Discipline.self)),
    ("EntitlementBasis", words(Entitlement.Basis.self)),
    ("EntitlementBearer", words(Entitlement.Bearer.self)),
    ("EntitlementLimit", words(Entitlement.Limit.self)),
    ("EntitlementReasonCode", words(Entitlement.Reason.Code.self)),
    ("EntitlementService", words(Entitlement.Service.self)),
    ("EarlyWarningSourceKind", words(EarlyWarningSource.Kind.self)),
    ("EarlyWarningState", words(EarlyWarning.State.self)),
    ("EscalationLevel", words(ComplaintEscalation.Level.self)),
    ("FollowUpFindingKind", words(FollowUpFinding.Kind.self)),
    ("FollowUpIssueKind", words(FollowUpIssue.Kind.self)),
    ("FollowUpOccasion", words(FollowUp.Occasion.self)),
    ("FollowUpResult", words(FollowUp.Result.self)),
    ("FollowUpState", words(FollowUp.State.self)),
    ("FollowUpTopic", words(FollowUp.Topic.self)),
    ("LetterChannel", words(Letter.Channel.self)),
    ("LetterKind", words(Letter.Kind.self)),
    ("LetterRecipientState", words(LetterRecipient.State.self)),
    ("LetterState", words(Letter.State.self)),
    ("NextServiceBasis", words(NextService.Basis.self)),
    ("SupplierRecoveryState", words(SupplierRecovery.State.self)),
    ("SurveyChannel", words(SurveyResponse.Channel.self)),
    ("SurveyQuestionKind", words(SurveyQuestion.Kind.self)),
    ("SurveyUse", words(Survey.Use.self)),
    ("DisputeResolution", words(PayableItem.DisputeResolution.self)),
    ("LedgerAccountHolder", words(LedgerAccount.Holder.self)),
    ("LedgerAccountKind", words(LedgerAccount.Kind.self)),
    ("LedgerEntryKind", words(LedgerEntry.Kind.self)),
    ("PayableItemKind", words(PayableItem.Kind.self)),
    ("ResourceKind", words(Resource.self)),
    ("SettlementAction", words(Settlement.Action.self)),
    ("SettlementLineState", words(Settlement.Line.State.self)),
    ("SettlementRounding", words(SettlementPolicy.Rounding.self)),
    ("SettlementState", words(Settlement.State.self)),
    ("StationAwardState", words(Penalty.State.self)),
    ("ExchangePlace", words(ProductReturn.ExchangePlace.self)),
    ("IssuedReportOrigin", words(IssuedReport.Origin.self)),
    ("FaultCodeSeverity", words(FaultCode.Severity.self)),
    ("FaultCodeSystem", words(FaultCode.System.self)),
    ("LabourOperationCategory", words(LabourOperation.Category.self)),
    ("LiabilityParty", words(LiabilityAppraisal.Party.self)),
    ("LineDecision", words(JobLine.Decision.self)),
    ("MediaExposure", words(QualityFacts.MediaExposure.self)),
    ("OldPartConsequence", words(OldPartsPolicy.Consequence.self)),
    ("OldPartDestination", words(OldPart.Destination.self)),
    ("OldPartDisposalMethod", words(OldPart.DisposalMethod.self)),
    ("OldPartFault", words(OldPartsPolicy.Fault.self)),
    ("OldPartState", words(OldPart.State.self)),
    ("OldPartVerdict", words(OldPart.Verdict.self)),
    ("OdometerSource", words(VehicleOdometer.Source.self)),
    ("PartOrigin", words(JobPart.Origin.self)),
    ("LiableParty", words(PartsClaimProgress.Recovery.Party.self)),
    ("PartsClaimKind", words(PartsClaim.Kind.self)),
    ("PartAvailabilityClass", words(PartAvailability.Class.self)),
    ("PartProximity", words(PartAvailability.Proximity.self)),
    ("PartsClaimState", words(PartsClaim.State.self)),
    ("PartsOrderState", words(PartsOrder.State.self)),
    ("PartsOrderType", words(PartsOrder.Kind.self)),
    ("ShipmentState", words(Shipment.State.self)),
    ("ShipmentStatus", words(ShipmentProgress.Event.Status.self)),
    ("CataloguePartOrigin", words(Part.Origin.self)),
    ("RequiredPartKind", words(RequiredPart.Kind.self)),
    ("MinimumStockState", words(MinimumStock.State.self)),
    ("PartUnit", words(Part.Unit.self)),
    ("PartsReturnState", words(PartsReturn.State.self)),
    ("PriceListState", words(PriceList.State.self)),
    ("ReplenishmentReason", words(ReplenishmentProposal.Reason.self)),
    ("ReservationPurpose", words(Reservation.Purpose.Kind.self)),
    ("ReservationState", words(Reservation.State.self)),
    ("TransferRequestAction", words(TransferRequest.Action.self)),
    ("StockMovementKind", words(StockMovement.Kind.self)),
    ("StocktakeState", words(Stocktake.State.self)),
    ("WarehouseKind", words(StockLocation.Kind.self)),
    ("PaymentMethod", words(Payment.Method.self)),
    ("PolicyDecisionOutcome", words(PolicyDecision.Outcome.self)),
    ("PolicyKey", words(PolicyKey.self)),
    ("PolicyState", words(Policy.State.self)),
    ("PolicySubjectKind", words(PolicySubject.Kind.self)),
    ("Powertrain", words(Powertrain.self)),
    ("PreAuthorisationKind", words(PreAuthorisation.Kind.self)),
    ("PreAuthorisationOutcome", words(PreAuthorisationDecision.Outcome.self)),
    ("PreAuthorisationState", words(PreAuthorisation.State.self)),
    ("ProductReturnState", words(ProductReturn.State.self)),
    ("QualityClass", words(QualityIssue.Class.self)),
    ("QualityCriterion", words(QualityCriterion.self)),
    ("QualityIssueSource", words(QualityIssue.Source.self)),
    ("QualityIssueState", words(QualityIssue.State.self)),
    ("QualityLevel", words(QualityLevel.self)),
    ("QualityMeasureKind", words(QualityMeasure.Kind.self)),
    ("QualityMeasureState", words(QualityMeasure.State.self)),
    ("ReportChannel", words(QualityReport.Channel.self)),
    ("ReportFormat", words(ReportFormat.self)),
    ("ReportName", words(ReportName.self)),
    ("ReportRhythm", words(ReportDefinition.Rhythm.self)),
    ("ReportRecipientKind", words(ReportRecipient.Kind.self)),
    ("ReportValueKind", words(ReportDefinition.ValueKind.self)),
    ("InspectionRhythm", words(RequestInspection.Rhythm.self)),
    ("RequestConversionTarget", words(RequestConversion.Target.self)),
    ("RequestMedium", words(ServiceRequest.Medium.self)),
    ("RequestNext", words(RequestCallBack.Next.self)),
    ("RepairClass", words(RepairClass.self)),
    ("RequestParty", words(RequestReceipt.Party.self)),
    ("RequestSource", words(ServiceRequest.Source.self)),
    ("RequestUrgency", words(ServiceRequest.Urgency.self)),
    ("ResultChannel", words(ResultReceipt.Channel.self)),
    ("ResultParty", words(ResultReceipt.Party.self)),
    ("ReturnCause", words(ProductReturn.Cause.self)),
    ("ReturnChannel", words(ProductReturn.Channel.self)),
    ("ReturnedProductKind", words(ProductReturn.ProductKind.self)),
    ("RoleCode", words(Role.self)),
    ("RootCauseKind", words(EightDStep.Cause.Kind.self)),
    ("SalesImpact", words(QualityFacts.SalesImpact.self)),
    ("ScopeKind", words(Scope.Kind.self)),
    ("ServiceItemCategory", words(ServiceItem.Category.self)),
    ("ServiceItemPricing", words(ServiceItem.Pricing.self)),
    ("ServiceRequestKind", words(ServiceRequest.Kind.self)),
    ("ServiceRequestState", words(ServiceRequest.State.self)),
    ("ServiceType", words(WorkOrder.ServiceType.self)),
    ("StationKind", words(Station.Kind.self)),
    ("StationState", words(Station.State.self)),
    ("ThreeGuaranteesCounter", words(ThreeGuarantees.Counter.self)),
    ("ThreeGuaranteesExemption", words(ThreeGuarantees.Exemption.self)),
    ("ThreeGuaranteesLevel", words(ThreeGuarantees.Level.self)),
    ("TimelineKind", words(TimelineItem.Kind.self)),
    ("UserState", words(User.State.self)),
    ("VehicleUsage", words(Vehicle.Usage.self)),
    ("WarrantyExclusion", words(WarrantyPolicy.Exclusion.self)),
    ("WarrantyClaimKind", words(WarrantyClaim.Kind.self)),
    ("WarrantyClaimState", words(WarrantyClaim.State.self)),
    ("Weekday", words(OpeningHours.Weekday.self)),
    ("WorkshopSkill", words(Workshop.Skill.self)),
    ("WorkOrderMode", words(WorkOrder.Mode.self)),
    ("WorkOrderState", words(WorkOrder.State.self)),
    ("WebhookDeliveryState", words(WebhookDelivery.State.self)),
    ("WebhookDisabledReason", words(Webhook.DisabledReason.self)),
    ("WebhookFault", words(WebhookOutcome.Fault.self)),
    ("WebhookState", words(Webhook.State.self)),
  ]

  @Test("Every enumeration lists the words of the domain", arguments: enumerations)
  func sameWords(_ enumeration: (schema: String, values: [String])) {
    #expect(contract.enumeration(enumeration.schema).sorted() == enumeration.values.sorted())
  }

  @Test("No enumeration of answers is forgotten, and each says that it may grow")
  func everyEnumeration() {
    let listed = Set(Self.enumerations.map(\.schema))
    for (name, schema) in contract.root[["components", "schemas"]]?.members ?? [:] where schema["enum"] != nil {
      #expect(listed.contains(name), "\(name)")
      #expect(schema["description"]?.text?.contains("New values may be added") == true, "\(name)")
    }
  }

  @Test("Payers are those of the domain, in answers and in requests (WO-44)")
  func payers() {
    let payers = Self.words(PayerSplit.Payer.self).sorted()
    for name in ["PayerSplit", "PayerSplitInput"] {
      let members = contract.root[["components", "schemas", name, "properties"]]?.members ?? [:]
      #expect(members.keys.sorted() == payers, "\(name)")
    }
  }

  @Test("The codes of violations are those of the domain (C-09)")
  func violationCodes() {
    let documented = contract.root[["components", "schemas", "Violation", "properties", "code", "enum"]]?.texts ?? []
    #expect(documented.sorted() == Self.words(Violation.Code.self).sorted())
  }

  @Test("Every scope is a permission (SEC-01)")
  func scopes() {
    for flow in (contract.root[["components", "securitySchemes", "oauth2", "flows"]]?.members ?? [:]).values {
      for scope in (flow["scopes"]?.members ?? [:]).keys {
        #expect(Permission(rawValue: scope) != nil, "\(scope)")
      }
    }
  }

  @Test("Every action of a work order has its operation and stands in the table of the tag (SM-3)")
  func workOrderActions() throws { try expectTable(of: WorkOrder.self, "Work orders") }

  @Test("Every action of a service request has its operation and stands in the table of the tag (SM-1)")
  func serviceRequestActions() throws { try expectTable(of: ServiceRequest.self, "Service requests") }

  @Test("Every action of a return has its operation and stands in the table of the tag (SM-12)")
  func productReturnActions() throws { try expectTable(of: ProductReturn.self, "Product returns") }

  @Test("Every action of a webhook has its operation and stands in the table of the tag (ANN-08)")
  func webhookActions() throws { try expectTable(of: Webhook.self, "Webhooks") }

  @Test("Every action of a pre-authorisation has its operation and stands in the table of the tag (M5)")
  func preAuthorisationActions() throws { try expectTable(of: PreAuthorisation.self, "Pre-authorisations") }

  @Test("Every action of a follow-up has its operation and stands in the table of the tag (SM-13)")
  func followUpActions() throws { try expectTable(of: FollowUp.self, "Follow-ups") }

  @Test("Every action of a letter has its operation and stands in the table of the tag (FUP-12)")
  func letterActions() throws { try expectTable(of: Letter.self, "Letters") }

  @Test("Every action of a complaint has its operation and stands in the table of the tag (SM-4)")
  func complaintActions() throws { try expectTable(of: Complaint.self, "Complaints") }

  @Test("Every action of a quality issue has its operation and stands in the table of the tag (SM-5)")
  func qualityIssueActions() throws { try expectTable(of: QualityIssue.self, "Quality issues") }

  @Test("Every action of a parts order has its operation and stands in the table of the tag (SM-8)")
  func partsOrderActions() throws { try expectTable(of: PartsOrder.self, "Parts orders") }

  @Test("Every action of a shipment has its operation and stands in the table of the tag (PRT-16)")
  func shipmentActions() throws { try expectTable(of: Shipment.self, "Shipments") }

  @Test("Every action of a parts claim has its operation and stands in the table of the tag (SM-9)")
  func partsClaimActions() throws { try expectTable(of: PartsClaim.self, "Parts claims") }

  @Test("Every action of a price list has its operation and stands in the table of the tag (PRT-02)")
  func priceListActions() throws { try expectTable(of: PriceList.self, "Price lists") }

  @Test("Every action of a reservation has its operation and stands in the table of the tag (domain.md 11)")
  func reservationActions() throws { try expectTable(of: Reservation.self, "Reservations") }

  @Test("Every action of a stocktake has its operation and stands in the table of the tag (PRT-12)")
  func stocktakeActions() throws { try expectTable(of: Stocktake.self, "Stocktakes") }

  @Test("Every action of a minimum stock has its operation and stands in the table of the tag (PRT-05)")
  func minimumStockActions() throws { try expectTable(of: MinimumStock.self, "Replenishment") }

  @Test("Every action of a parts return has its operation and stands in the table of the tag (PRT-07)")
  func partsReturnActions() throws { try expectTable(of: PartsReturn.self, "Parts returns") }

  @Test("Every action of a campaign has its operation and stands in the table of the tag (M11)")
  func campaignActions() throws { try expectTable(of: Campaign.self, "Campaigns") }

  @Test("Every action of a signal has its operation and stands in the table of the tag (A11)")
  func earlyWarningActions() throws { try expectTable(of: EarlyWarning.self, "Early warning") }

  @Test("Every action of a settlement has its operation and stands in the table of the tag (SM-7)")
  func settlementActions() throws { try expectTable(of: Settlement.self, "Settlements") }

  @Test("Every action of a penalty or reward has its operation and stands in the table of the tag (SET-11)")
  func awardActions() throws {
    try expectTable(of: Penalty.self, "Penalties and rewards")
    try expectTable(of: Reward.self, "Penalties and rewards")
  }

  @Test("Every action of a warranty claim has its operation and stands in the table of the tag (SM-6)")
  func warrantyClaimActions() throws { try expectTable(of: WarrantyClaim.self, "Warranty claims") }

  @Test("Every action of a clock has its operation and stands in the table of the tag (domain.md 4)")
  func clockActions() throws { try expectTable(of: Clock.self, "Clocks") }

  private func expectTable<Document: LifecycleDocument>(of: Document.Type, _ name: String) throws {
    let tag = (contract.root["tags"]?.items ?? []).first { $0["name"]?.text == name }
    let table = try #require(tag?["description"]?.text)
    for action in Document.Action.allCases {
      let path = action.rawValue.flatMap { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }
      let collection = Document.resource.collection
      #expect(contract.root[["paths", "/v1/\(collection)/{id}/\(String(path))", "post"]] != nil, "\(action)")
      let rows = Document.lifecycle.transitions(for: action)
      let line = table.split(separator: "\n").first { $0.hasPrefix("| `\(action.rawValue)` |") }
      let text = try #require(line, "\(action)")
      let states = rows.flatMap(\.from).map(\.rawValue) + rows.compactMap { $0.to?.rawValue }
      for state in states {
        #expect(text.contains("`\(state)`"), "\(action) \(state)")
      }
      for condition in rows.flatMap(\.guards) {
        #expect(text.contains("`\(condition.code)`"), "\(action) \(condition.code)")
      }
    }
  }

  @Test("Every action of an appointment has its operation and stands in the table of the tag (SM-2)")
  func appointmentActions() throws { try expectTable(of: Appointment.self, "Appointments") }

  @Test("The bodies of policies are described as they are read and written (M23)")
  func policyBodies() throws {
    for (name, schema) in PolicyKey.schemas {
      let documented = contract.root[["components", "schemas", name]] ?? .null
      #expect(Self.withoutWords(documented) == Self.withoutWords(Self.contract(schema)), "\(name)")
    }
    for (document, suffix) in [("Policy", ""), ("PolicyCreate", "Input")] {
      let schema = contract.root[["components", "schemas", document]] ?? .null
      let parts = [schema] + (schema["allOf"]?.items ?? [])
      let bodies = parts.compactMap { $0[["properties", "body", "anyOf"]] }.flatMap(\.items).compactMap {
        $0["$ref"]?.text
      }
      let expected = PolicyKey.allCases.map {
        "#/components/schemas/\($0.rawValue.prefix(1).uppercased())\($0.rawValue.dropFirst())Policy\(suffix)"
      }
      #expect(bodies.sorted() == expected.sorted(), "\(document)")
    }
  }

  @Test("Every action of a policy stands in the table of the tag, with its states and guards (M23)")
  func policyActions() throws {
    let tag = (contract.root["tags"]?.items ?? []).first { $0["name"]?.text == "Policies" }
    let table = try #require(tag?["description"]?.text)
    for row in PolicyLifecycle.table.transitions {
      let line = table.split(separator: "\n").first { $0.hasPrefix("| `\(row.action.rawValue)` |") }
      let text = try #require(line, "\(row.action)")
      for word in row.from.map(\.rawValue) + [row.to?.rawValue].compactMap(\.self) + row.guards.map(\.code) {
        #expect(text.contains("`\(word)`"), "\(row.action) \(word)")
      }
    }
  }

  private static func contract(_ value: EventValue) -> ContractValue {
    switch value {
    case .null: .null
    case .boolean(let flag): .boolean(flag)
    case .integer(let number): .integer(number)
    case .text(let text): .text(text)
    case .list(let items): .list(items.map(contract))
    case .object(let members): .object(members.mapValues(contract))
    }
  }

  /// A schema without its descriptions, which only openapi.yaml has; a property of that name stays.
  private static func withoutWords(_ value: ContractValue, areNames: Bool = false) -> ContractValue {
    switch value {
    case .object(let members):
      .object(
        Dictionary(
          uniqueKeysWithValues: members.filter { areNames || $0.key != "description" }.map {
            ($0.key, withoutWords($0.value, areNames: $0.key == "properties" && !areNames))
          }))
    case .list(let items): .list(items.map { withoutWords($0) })
    case .null, .boolean, .integer, .number, .text: value
    }
  }

  private static func words<Choice: CaseIterable & RawRepresentable<String>>(_ kind: Choice.Type) -> [String] {
    kind.allCases.map(\.rawValue)
  }
}
