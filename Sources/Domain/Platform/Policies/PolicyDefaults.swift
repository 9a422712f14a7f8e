/// What holds while no version is approved: version 0 of every key, with the requirement beside each number. Where the
/// requirements name none, the number is a setting to begin with, and the line says so.
package enum PolicyDefaults {
  // MARK: Clocks

  package static let clocks = ClocksPolicy(
    rules: [
      .repairCallResponse: minutes(30, warn: 10, quick),  // T-09
      .forwardToSupervisor: minutes(30, warn: 10, quick),  // T-12
      .supervisorAnswer: minutes(30, warn: 10, quick),  // T-13
      .onSiteArrival: ClockRule(
        dueAfter: ClockSpan(24, .hours), warnBeforeMinutes: 120, escalation: quick,  // T-10
        variants: [.cityMinorRepair: ClockVariant(dueAfter: ClockSpan(12, .hours), warnBeforeMinutes: 60)]),  // T-14
      .faultCleared: ClockRule(dueAfter: ClockSpan(24, .hours), warnBeforeMinutes: 120, escalation: station),  // T-11
      .customerFile: days(2, station),  // T-01
      .firstFollowUp: days(7, opens: 3, station),  // T-02
      .secondFollowUp: days(14, opens: 7, station),  // T-03, D-12
      .followUpEscalation: days(2, station),  // T-04
      .solutionToCustomer: days(0, station),  // T-05
      .writtenNotice: days(2, station),  // T-07
      .promisedResolution: ClockRule(dueAfter: nil, warnBeforeMinutes: 1440, escalation: station),  // T-37
      .promisedDelivery: ClockRule(
        dueAfter: nil, warnBeforeMinutes: 60, escalation: station,  // T-46, minor repair
        variants: [.overhaul: ClockVariant(warnBeforeMinutes: 1440)]),  // T-46, overhaul
      .majorTeamOnSite: ClockRule(
        dueAfter: ClockSpan(0, .calendarDays), warnBeforeMinutes: 240, escalation: headquarters),  // T-17, D-05
      .level1SupportAssigned: minutes(60, warn: 15, headquarters),  // T-18
      .majorReport: minutes(60, warn: 15, headquarters),  // T-15, T-16, T-19
      .generalQualityUpload: days(1, station),  // T-22, D-13
      .claimDecision: ClockRule(
        dueAfter: ClockSpan(30, .calendarDays), warnBeforeMinutes: 5 * 1440, escalation: headquarters),  // domain §4
      .preAuthorisationDecision: ClockRule(
        dueAfter: ClockSpan(2, .workingDays), warnBeforeMinutes: 240, escalation: headquarters),  // M5: a setting
      .oldPartReturn: days(30, station),  // D-17: a setting
      .partsSupply: ClockRule(dueAfter: nil, warnBeforeMinutes: 1440, escalation: supply),  // PO-05: settings
      .partsClaimWindow: days(7, []),  // D-18: a setting
      .repairDowntime: ClockRule(
        dueAfter: ClockSpan(30, .calendarDays), warnBeforeMinutes: 25 * 1440, escalation: station),  // T-40, T-41
    ], dispatch: dispatch)

  // CALL-03 asks for reasonable and even, and names no number: settings. The way and the load weigh alike.
  package static let dispatch = DispatchWeights(
    distancePoints: 40, loadPoints: 40, openingPoints: 20, reachKm: 150, jobsPerBay: 2)

  // Ladders: station, region, After-Sales, leaders. The requirements name the rungs, the delays are settings.
  private static let quick = ladder([.stServiceManager, .regionManager, .hqService, .hqServiceHead], every: 30)
  private static let station = ladder([.stServiceManager, .regionManager, .hqService, .hqServiceHead], every: 1440)
  private static let supply = ladder([.hqParts, .hqServiceHead], every: 1440)
  private static let headquarters = ladder([.hqService, .hqServiceHead, .hqExec], every: 240)

  private static func ladder(_ roles: [Role], every minutes: Int) -> [EscalationStep] {
    roles.enumerated().map { EscalationStep($1, afterMinutes: $0 * minutes) }
  }

  private static func minutes(_ amount: Int, warn: Int, _ ladder: [EscalationStep]) -> ClockRule {
    ClockRule(dueAfter: ClockSpan(amount, .minutes), warnBeforeMinutes: warn, escalation: ladder)
  }

  /// The warning comes on the last day: at eight in the morning where days end at midnight.
  private static func days(_ amount: Int, opens: Int? = nil, _ ladder: [EscalationStep]) -> ClockRule {
    ClockRule(
      opensAfter: opens.map { ClockSpan($0, .calendarDays) }, dueAfter: ClockSpan(amount, .calendarDays),
      warnBeforeMinutes: 16 * 60, escalation: ladder)
  }

  // MARK: Quality

  package static let qualityLevels = QualityLevelsPolicy(
    level1LossAbovePercentOfVehicleValue: 100,  // T-30
    level2DemandFrom: cny(50_000),  // T-28
    level3DemandFrom: cny(10_000),  // T-29
    veryHighFrequency: ComplaintFrequency(complaints: 10, windowDays: 30),  // QI-15, D-04: a setting
    ratherHighFrequency: ComplaintFrequency(complaints: 5, windowDays: 30),  // QI-18a, D-04: a setting
    duplicateComplaintDays: 30,  // a setting
    teams: [
      .level1: [.qa, .pr, .finance, .legal], .level2: [.qa, .finance, .legal], .level3: [.qa, .legal],  // domain §8
    ],
    earlyWarning: .pattern)  // A11: settings

  package static let complaints = ComplaintsPolicy(reopenings: 2)  // CMP-08: a setting

  // MARK: Warranty

  package static let warranty = WarrantyPolicy(
    startsAt: .invoice,  // P-01
    vehicle: WarrantyTerm(months: 36, km: 60_000),  // T-43
    groups: [:],  // WAR-08: data per model
    exclusions: Set(WarrantyPolicy.Exclusion.allCases),  // P-23
    firstMaintenance: nil,  // D-19: data per model
    soldParts: nil,  // WAR-07: per part
    repairs: [
      .overhaul: RepairGuarantee(days: 100, km: 20_000),  // T-44
      .levelTwoMaintenance: RepairGuarantee(days: 30, km: 5000),  // T-44
      .minorRepair: RepairGuarantee(days: 10, km: 2000),  // T-44
    ],
    repairArchiveMonths: 24,  // T-45
    components: nil,  // the maker publishes them with the vehicle
    preAuthorisation: nil)  // M5 names no number

  package static let threeGuarantees = ThreeGuaranteesPolicy(
    period: WarrantyTerm(months: 24, km: 50_000),  // T-43
    leastWarranty: WarrantyTerm(months: 36, km: 60_000),  // T-43
    immediateDays: 7,  // T-42
    earlyDays: 60,  // T-42
    earlyKm: 3000,  // T-42
    repairDaysLimit: 30,  // T-41
    sameFaultLimit: 4,  // T-41
    assemblyReplacements: 2,  // T-41
    safetyRepairs: 2,  // T-41
    loanCarFromDay: 6,  // T-40
    warnAtRepairDays: 30,  // section 31.1, product consequence
    warnAtSameFault: 4,  // section 31.1, product consequence
    warnAtDayOfRepair: 5,  // section 31.1, product consequence
    useDeductionPercent: 50,  // P-08
    householdUseOnly: true)  // P-24

  package static let claimRules = ClaimRulesPolicy(
    submissionDays: 30,  // T-33 without a number: a setting
    duplicateDays: 90,  // CLM-09: a setting
    automaticApprovalUpTo: cny(1000),  // a setting
    lateDecision: .escalated,  // A9
    appeals: 1,  // D-24
    appealDays: 15,  // a setting
    chargeBackMonths: 12,  // A9
    labourTolerancePercent: 0,
    priceTolerancePercent: 0,
    severities: [
      .noDeliveredWorkOrder: .block, .partNotShipped: .block, .odometerBelowEarlier: .block,  // CLM-08
      .followUpContradicts: .review, .oldPartMissing: .review,  // CLM-08
      .sameLineTwice: .block, .sameRepairInWindow: .review,  // CLM-09
      .overMonths: .block, .overKm: .block,  // CLM-10
      .labourAboveStandard: .review, .priceAboveList: .review, .samePhotoElsewhere: .review,  // domain §10
      .technicianOnTwoJobs: .review, .repairNotAuthorised: .block, .submittedLate: .review,  // domain §10
      .preAuthorisationMissing: .review, .preAuthorisationExpired: .review,  // M5
      .preAuthorisationExceeded: .review, .preAuthorisationDrift: .review,  // M5, A12
    ])

  // M10 asks for shares and names none: settings.
  package static let goodwill = GoodwillPolicy(
    bands: [
      GoodwillBand(monthsAfter: 6, kmAfter: 10_000, makerPercent: 50, stationPercent: 0),
      GoodwillBand(monthsAfter: 12, kmAfter: 20_000, makerPercent: 30, stationPercent: 0),
    ],
    needsServiceHistory: true, withoutPreAuthorisationUpTo: nil)

  package static let oldParts = OldPartsPolicy(
    returnFrom: cny(0),  // OLD-04: every part on a claim
    alwaysReturned: [],
    keepDays: 90,  // a setting
    consequences: [.missing: .reversed, .wrong: .reversed, .late: .blocked],  // OLD-06
    blockedDays: 90,  // a setting
    lateStatementAllowed: true)  // P-16

  package static let settlement = SettlementPolicy(
    period: .monthly,  // D-15
    confirmationDays: 0,  // SET-10: the station itself confirms
    paymentDays: 30,  // a setting
    leastPayment: cny(0),
    offsetsReceivables: true,  // SET-03
    rounding: .halfUp,  // C-05
    deposit: cny(0),  // D-16
    advancePercent: 0)  // D-16

  // The requirements name no rate: the station's contract holds until a region has one.
  package static let labourRates = LabourRatesPolicy(
    perHour: [:], travelPerKm: nil, nightPercent: 0, dayOffPercent: 0)

  // MARK: Parts, customers, network

  // PRT-19, PRT-20: the sources ask for both and say no number.
  package static let partsStandards = PartsStandardsPolicy(required: [], salesPerMonth: [:])

  // D-14 names the types; the days are settings, between the weekly order and the 15 days of P-09.
  package static let partsOrders = PartsOrdersPolicy(
    types: [
      .vor: OrderTerms(supplyDays: 1), .urgent: OrderTerms(supplyDays: 3), .stock: OrderTerms(supplyDays: 7),
      .startup: OrderTerms(supplyDays: 15), .transfer: OrderTerms(supplyDays: 3, checksCredit: false),
    ],
    reservationHours: 72,  // a setting
    depositPercent: 0,  // PO-10, D-16
    creditLimit: cny(200_000))  // a setting: invoices of a month stand on account until they are settled (SET-01)

  package static let followUps = FollowUpsPolicy(
    attempts: 3,  // a setting
    contactsPerMonth: 4,  // a setting
    quietFromHour: 21, quietUntilHour: 9,  // settings
    eventNoticeDays: 14,  // T-06
    writtenNoticeDays: 2,  // T-07
    bestRating: 5,  // D-23
    complaintUpToRating: 2,  // a setting
    complaintUpToNps: 6,  // what detractors are, by the definition of the NPS
    fileOfPerson: [.address, .wishedService, .vehicle, .plate, .model, .nextMaintenance],  // CUS-02…04
    fileOfCompany: [.address, .vehicle, .plate, .model, .nextMaintenance],
    serviceMonths: 6, serviceKm: 5_000,  // settings
    serviceReminderDays: 14)  // a setting

  // A15 asks for a published formula; its weights are settings.
  package static let assessment = AssessmentPolicy(
    applicationPassScore: 60,  // T-26
    acceptanceAttempts: 2,  // T-27
    rectificationDays: 30,  // T-27: set per case, else a setting
    weights: [
      .satisfaction: 25, .complaintRate: 15, .reworkRate: 10, .responseTime: 10, .clockBreaches: 10,
      .claimAccuracy: 10, .oldPartReturn: 5, .followUpRate: 5, .partsSupply: 5, .inspections: 5,
    ],
    grades: [.passed: 70, .threeStars: 80, .fourStars: 90, .fiveStars: 95],  // P-17
    appealDays: 15)  // a setting

  package static let penalties = PenaltiesPolicy(tariff: [  // T-36
    penalty(
      "ASM-P1", 20, 50, by: "Sales", on: "service staff",
      "Not on site in time, or no timely reaction to a product quality problem that was raised."),
    penalty(
      "ASM-P2", 20, 50, by: "Technical Quality", on: "first receiver",
      "A user's quality problem was not passed on or not acted upon in time."),
    penalty(
      "ASM-P3", 30, 50, by: "Sales", on: "salesperson",
      "A product problem was found and service staff were not told in time."),
    penalty(
      "ASM-P4", 60, 100, by: "General Office", on: "Technical Quality",
      "No corrective action was set in time for a problem that service staff reported."),
    penalty(
      "ASM-P5", 40, 80, by: "Technical Quality", on: "workshop",
      "A repair was not done in time as required or ordered."),
    penalty(
      "ASM-P6", 40, 80, by: "Sales", on: "unit that was asked for people",
      "Field staff were short, and nobody was sent when Sales asked."),
  ])

  // M23 asks for limits and names none: until there are some, the permission alone decides.
  package static let approvalLimits = ApprovalLimitsPolicy(limits: [])

  private static func penalty(
    _ code: String, _ least: Int64, _ most: Int64, by assessor: String, on assessed: String, _ offence: String
  ) -> PenaltyRange {
    PenaltyRange(
      code: code, offence: offence, assessor: assessor, assessed: assessed, least: cny(least), most: cny(most))
  }

  private static func cny(_ yuan: Int64) -> Money { Money(minor: yuan * 100, currency: .cny) }
}
