import Domain
import Testing

/// Every number that comes with the product, written down a second time from requirements.md section 34.
@Suite struct PolicyDefaultsTests {
  private func rule(_ kind: ClockKind) -> ClockRule { PolicyDefaults.clocks[kind] }

  @Test(
    "deadlines are those of the requirements",
    arguments: [
      ("T-01", ClockKind.customerFile, ClockSpan?.none, ClockSpan(2, .calendarDays)),
      ("T-02", .firstFollowUp, ClockSpan(3, .calendarDays), ClockSpan(7, .calendarDays)),
      ("T-03, D-12", .secondFollowUp, ClockSpan(7, .calendarDays), ClockSpan(14, .calendarDays)),
      ("T-04", .followUpEscalation, nil, ClockSpan(2, .calendarDays)),
      ("T-05", .solutionToCustomer, nil, ClockSpan(0, .calendarDays)),
      ("T-07", .writtenNotice, nil, ClockSpan(2, .calendarDays)),
      ("T-09", .repairCallResponse, nil, ClockSpan(30, .minutes)),
      ("T-10", .onSiteArrival, nil, ClockSpan(24, .hours)),
      ("T-11", .faultCleared, nil, ClockSpan(24, .hours)),
      ("T-12", .forwardToSupervisor, nil, ClockSpan(30, .minutes)),
      ("T-13", .supervisorAnswer, nil, ClockSpan(30, .minutes)),
      ("T-15, T-16, T-19", .majorReport, nil, ClockSpan(60, .minutes)),
      ("T-17, D-05", .majorTeamOnSite, nil, ClockSpan(0, .calendarDays)),
      ("T-18", .level1SupportAssigned, nil, ClockSpan(60, .minutes)),
      ("T-22, D-13", .generalQualityUpload, nil, ClockSpan(1, .calendarDays)),
      ("A9", .claimDecision, nil, ClockSpan(30, .calendarDays)),
      ("M5", .preAuthorisationDecision, nil, ClockSpan(2, .workingDays)),
      ("T-41", .repairDowntime, nil, ClockSpan(30, .calendarDays)),
      ("D-17", .oldPartReturn, nil, ClockSpan(30, .calendarDays)),
      ("D-18", .partsClaimWindow, nil, ClockSpan(7, .calendarDays)),
    ])
  func deadlines(_ row: String, _ kind: ClockKind, _ opens: ClockSpan?, _ due: ClockSpan) {
    #expect(rule(kind).opensAfter == opens, "\(row)")
    #expect(rule(kind).dueAfter == due, "\(row)")
    #expect(rule(kind).isActive, "\(row)")
  }

  @Test("what is promised in a document has no term of its own (T-37, T-46, PO-05)")
  func promised() {
    #expect(rule(.partsSupply).dueAfter == nil)
    #expect(rule(.promisedResolution).dueAfter == nil)
    #expect(rule(.promisedDelivery).dueAfter == nil)
  }

  @Test("a city minor repair is done within half a day, other calls are reached within a day (T-10, T-14)")
  func cityMinorRepair() {
    #expect(rule(.onSiteArrival).applied(.cityMinorRepair).dueAfter == ClockSpan(12, .hours))
    #expect(rule(.onSiteArrival).applied(nil).dueAfter == ClockSpan(24, .hours))
    #expect(rule(.onSiteArrival).applied(.overhaul) == rule(.onSiteArrival))
  }

  @Test("a delay is told one hour before the promised time, with an overhaul one day (T-46)")
  func delayNotice() {
    #expect(rule(.promisedDelivery).warnBeforeMinutes == 60)
    #expect(rule(.promisedDelivery).applied(.overhaul).warnBeforeMinutes == 24 * 60)
  }

  @Test("a vehicle long in repair warns on day 5 (T-40)")
  func downtimeWarning() {
    // 25 days before the end of day 30.
    #expect(rule(.repairDowntime).warnBeforeMinutes == (30 - 5) * 24 * 60)
  }

  @Test("ladders climb from the station over region and After-Sales to the leaders (domain.md section 4)")
  func ladders() {
    #expect(
      rule(.customerFile).escalation.map(\.role) == [.stServiceManager, .regionManager, .hqService, .hqServiceHead])
    #expect(rule(.majorTeamOnSite).escalation.map(\.role) == [.hqService, .hqServiceHead, .hqExec])
    #expect(rule(.repairCallResponse).escalation.map(\.afterMinutes) == [0, 30, 60, 90])
  }

  @Test("levels begin at 50,000 and 10,000 yuan and at the value of the vehicle (T-28, T-29, T-30)")
  func levels() {
    let policy = PolicyDefaults.qualityLevels
    #expect(policy.level2DemandFrom == Money("50000", currency: .cny))
    #expect(policy.level3DemandFrom == Money("10000", currency: .cny))
    #expect(policy.level1LossAbovePercentOfVehicleValue == 100)
    #expect(policy.teams[.level1] == [.qa, .pr, .finance, .legal])
    #expect(policy.teams[.level2] == [.qa, .finance, .legal])
    #expect(policy.teams[.level3] == [.qa, .legal])
  }

  @Test("the warranty is 3 years or 60,000 km from the invoice (T-43, P-01)")
  func warranty() {
    let policy = PolicyDefaults.warranty
    #expect(policy.vehicle == WarrantyTerm(months: 36, km: 60_000))
    #expect(policy.startsAt == .invoice)
    #expect(policy.term(of: .engine) == policy.vehicle)
    #expect(policy.term(of: nil) == policy.vehicle)
    #expect(policy.exclusions.count == 9, "P-23")
  }

  @Test("paid repairs are guaranteed by their class, and their papers kept two years (T-44, T-45)")
  func repairs() {
    let policy = PolicyDefaults.warranty
    #expect(policy.repairs[.overhaul] == RepairGuarantee(days: 100, km: 20_000))
    #expect(policy.repairs[.levelTwoMaintenance] == RepairGuarantee(days: 30, km: 5000))
    #expect(policy.repairs[.minorRepair] == RepairGuarantee(days: 10, km: 2000))
    #expect(policy.repairArchiveMonths == 24)
  }

  @Test("the three guarantees are those in force since 2022 (T-40…T-43, P-05…P-08)")
  func threeGuarantees() {
    let policy = PolicyDefaults.threeGuarantees
    #expect(policy.period == WarrantyTerm(months: 24, km: 50_000), "T-43")
    #expect(policy.leastWarranty == WarrantyTerm(months: 36, km: 60_000), "T-43")
    #expect(policy.immediateDays == 7, "T-42")
    #expect(policy.earlyDays == 60 && policy.earlyKm == 3000, "T-42")
    #expect(policy.repairDaysLimit == 30, "T-41: more than 30 days")
    #expect(policy.sameFaultLimit == 4, "T-41: more than 4 repairs")
    #expect(policy.assemblyReplacements == 2 && policy.safetyRepairs == 2, "T-41")
    #expect(policy.loanCarFromDay == 6, "T-40")
    #expect(policy.warnAtRepairDays == 30 && policy.warnAtSameFault == 4 && policy.warnAtDayOfRepair == 5, "31.1")
    #expect(policy.useDeductionPercent == 50, "P-08: 0.50 %")
    #expect(policy.householdUseOnly, "P-24")
  }

  @Test("claims have one appeal, late decisions climb, what was paid is never paid twice (D-24, A9, CLM-09)")
  func claims() {
    let policy = PolicyDefaults.claimRules
    #expect(policy.appeals == 1)
    #expect(policy.lateDecision == .escalated)
    #expect(policy.chargeBackMonths == 12)
    #expect(policy.severities[.sameLineTwice] == .block)
    #expect(policy.severities.count == ClaimRulesPolicy.Rule.allCases.count)
    #expect(
      PolicyDefaults.oldParts.consequences == [.missing: .reversed, .wrong: .reversed, .late: .blocked], "OLD-06")
    #expect(PolicyDefaults.oldParts.lateStatementAllowed, "P-16")
  }

  @Test("settlement is monthly and offsets; deposit and advance are zero (D-15, D-16, SET-03)")
  func settlement() {
    let policy = PolicyDefaults.settlement
    #expect(policy.period == .monthly)
    #expect(policy.deposit == .zero(.cny) && policy.advancePercent == 0)
    #expect(policy.offsetsReceivables)
    #expect(policy.confirmationDays == 0, "SET-10: never confirmed by itself")
    #expect(policy.rounding == .halfUp, "C-05")
    #expect(PolicyDefaults.partsOrders.depositPercent == 0, "PO-10")
    #expect(PolicyDefaults.partsOrders.creditLimit?.minor == 20_000_000, "SET-03: a month's invoices hold nothing up")
    #expect(PolicyDefaults.partsOrders.types.count == 5, "D-14")
  }

  @Test("customers hear of events two weeks before and in writing two days after (T-06, T-07, D-23)")
  func followUps() {
    let policy = PolicyDefaults.followUps
    #expect(policy.eventNoticeDays == 14)
    #expect(policy.writtenNoticeDays == 2)
    #expect(policy.bestRating == 5)
  }

  @Test("an application passes with 60 and ends with the second failed acceptance (T-26, T-27)")
  func assessment() {
    let policy = PolicyDefaults.assessment
    #expect(policy.applicationPassScore == 60)
    #expect(policy.acceptanceAttempts == 2)
    #expect(policy.weights.values.reduce(0, +) == 100)
    #expect(policy.grades == [.passed: 70, .threeStars: 80, .fourStars: 90, .fiveStars: 95], "P-17")
  }

  @Test(
    "the penalty tariff has the six ranges (T-36, ASM-P1…P6)",
    arguments: [
      ("ASM-P1", "20", "50"), ("ASM-P2", "20", "50"), ("ASM-P3", "30", "50"), ("ASM-P4", "60", "100"),
      ("ASM-P5", "40", "80"), ("ASM-P6", "40", "80"),
    ])
  func penalties(_ code: String, _ least: String, _ most: String) throws {
    let range = try #require(PolicyDefaults.penalties[code])
    #expect(range.least == Money(least, currency: .cny))
    #expect(range.most == Money(most, currency: .cny))
    #expect(PolicyDefaults.penalties.tariff.count == 6)
    // The assessor picks an amount inside (D-20), the ends included.
    #expect(range.allows(range.least) && range.allows(range.most))
    #expect(!range.allows(Money(minor: range.most.minor + 1, currency: .cny)))
    #expect(!range.allows(Money(minor: range.least.minor - 1, currency: .cny)))
  }

  @Test("until there are limits, the permission alone decides; a limit binds those who have no higher one (M23)")
  func approvalLimits() {
    let permission = Permission.warrantyClaimsDecide
    let amount = Money(minor: 5_000_000, currency: .cny)
    #expect(PolicyDefaults.approvalLimits.allows(amount, for: permission, of: [.hqClaims]))
    var policy = ApprovalLimitsPolicy.standard
    policy.limits = [ApprovalLimit(.hqClaims, permission, upTo: amount)]
    #expect(policy.allows(amount, for: permission, of: [.hqClaims]), "以上 is inclusive, 0.3-8")
    #expect(!policy.allows(Money(minor: amount.minor + 1, currency: .cny), for: permission, of: [.hqClaims]))
    #expect(!policy.allows(Money(minor: 1, currency: .eur), for: permission, of: [.hqClaims]))
    #expect(!policy.allows(Money(minor: 1, currency: .cny), for: permission, of: [.hqExec]))
    #expect(policy.allows(amount, for: .settlementsApprove, of: [.finance]))
    policy.limits.append(ApprovalLimit(.hqServiceHead, permission, upTo: nil))
    #expect(policy.allowance(for: permission, of: [.hqClaims, .hqServiceHead]) == .unlimited)
  }
}
