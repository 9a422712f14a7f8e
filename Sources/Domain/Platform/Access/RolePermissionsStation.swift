/// Stations (requirements.md §33, second part): everything here is bound to the station of the token.
extension RolePermissions {
  // What everybody in the shop sees: the vehicle, its orders, appointments and the bulletins about it.
  static let shopFloor = all(
    staff, masterData,
    [
      .customersRead, .vehiclesRead, .workOrdersRead, .workOrdersNote, .workOrdersAttach, .appointmentsRead,
      .campaignsRead, .campaignVehiclesRead, .entitlementsCheck, .clocksRead,
    ])

  // Everything the station has, for those who lead it (ORG-11, ORG-K-SM).
  static let stationReads = all(
    shopFloor,
    [
      .serviceRequestsRead, .complaintsRead, .qualityIssuesRead, .preAuthorisationsRead, .warrantyClaimsRead,
      .oldPartsRead, .settlementsRead, .ledgerRead, .stockRead, .stockMovementsRead, .reservationsRead,
      .minimumStocksRead, .replenishmentProposalsRead, .stocktakesRead, .partsOrdersRead, .shipmentsRead,
      .partsClaimsRead, .partsSalesRead, .partsReturnsRead, .priceListsRead, .stationApplicationsRead,
      .assessmentsRead, .penaltiesRead, .rewardsRead, .inspectionsRead, .trainingsRead, .certificatesRead,
      .followUpsRead, .surveysRead, .surveyResponsesRead, .lettersRead, .policiesRead, .eventsRead, .reportsRead,
      .exportsRead, .exportsWrite,
    ])

  // The station is the one that serves the customer: the front office sees who he is (SEC-04).
  static let frontOffice = all(
    shopFloor,
    [
      .customersReadPersonal, .customersWrite, .customersAttach, .vehiclesWrite, .vehiclesAttach,
      .vehiclesRecordOdometer, .serviceRequestsRead,
      .complaintsRead, .followUpsRead, .stockRead, .reservationsRead, .priceListsRead, .preAuthorisationsRead,
    ])

  // SM-2.
  static let appointmentDesk: Set<Permission> = [
    .appointmentsWrite, .appointmentsAttach, .appointmentsNegotiate, .appointmentsConfirm, .appointmentsReschedule,
    .appointmentsCheckIn,
    .appointmentsNoShow, .appointmentsCancel, .reservationsWrite,
  ]

  // SM-1, the station's part.
  static let fieldRequests: Set<Permission> = [
    .serviceRequestsAccept, .serviceRequestsRefuse, .serviceRequestsStart, .serviceRequestsArrive,
    .serviceRequestsResolve, .serviceRequestsNote, .serviceRequestsAttach,
  ]

  // SM-3: reception, estimate, the customer's decisions, hand-over. The customer agrees, accepts and refuses through
  // the adviser, who records who, when and how (WO-04, WO-18).
  static let reception: Set<Permission> = [
    .workOrdersCreate, .workOrdersUpdate, .workOrdersWriteLines, .workOrdersInspect, .workOrdersDiagnose,
    .workOrdersQuote, .workOrdersAuthorise, .workOrdersConvertToAppointment, .workOrdersCloseNoRepair,
    .workOrdersAdmit, .workOrdersRequestApproval, .workOrdersDecideItems, .workOrdersNotify, .workOrdersAccept,
    .workOrdersSettle, .workOrdersDeliver, .workOrdersClose, .workOrdersCancel, .workOrdersRework,
    .workOrdersShareProgress,
  ]

  // On site and on the road (FLD-03, FLD-16).
  static let fieldVisits: Set<Permission> = [.workOrdersDepart, .workOrdersArrive, .workOrdersClear]

  // Whose duty ends with the archived file: follow-ups and campaigns of the vehicle in hand.
  static let campaignWork: Set<Permission> = [
    .campaignVehiclesNotify, .campaignVehiclesSchedule, .campaignVehiclesRemedy, .campaignVehiclesRefuse,
  ]

  // SM-5: a station reports, and handles what is general.
  static let qualityReporting: Set<Permission> = [
    .qualityIssuesRead, .qualityIssuesWrite, .qualityIssuesNote, .qualityIssuesAttach, .qualityIssuesDetach,
    .qualityIssuesSuspectMajor, .qualityIssuesProgress, .qualityIssuesResolve,
  ]

  // ORG-11: reads all own, approves for the station, staffs it (ORG-08); applies for it (SM-11).
  static let stationHead = all(
    stationReads, stationManagement,
    [
      .partsOrdersSign, .partsOrdersReturn, .stocktakesApprove, .settlementsConfirm, .settlementsNote,
      .settlementsAttach,
      .assessmentsAppeal,
      .stationApplicationsWrite, .stationApplicationsSubmit, .stationApplicationsOrderEquipment,
      .stationApplicationsRequestAcceptance, .stationApplicationsRectify, .calendarsWrite,
    ])

  static let stationManagement: Set<Permission> = [
    .customersReadPersonal, .customersExportPersonal, .customersErase, .customersReadDisclosures, .usersRead,
    .usersWrite, .usersDelegate, .stationsWriteWorkshop, .complaintsInvestigate,
    .complaintsProposeSolution, .complaintsResolve, .complaintsCloseUnjustified, .complaintsReportMajor,
    .complaintsNote, .complaintsAttach, .complaintsDetach,
  ]

  // ORG-K-SM: all own; complaints of the station; audit of work orders; reports; the staff's roles.
  static let serviceManager = all(
    stationReads, frontOffice, stationManagement, appointmentDesk, fieldRequests, qualityReporting, campaignWork,
    [
      .productReturnsRead,
      .workOrdersUpdate, .workOrdersClose, .workOrdersCancel, .workOrdersRework, .workOrdersShareProgress,
      .workOrdersDetach, .serviceRequestsDetach, .appointmentsDetach, .productReturnsDetach, .customersDetach,
      .vehiclesDetach,
      .complaintsWrite, .complaintsAssign, .complaintsAcceptSolution, .complaintsRefuseSolution, .complaintsEscalate,
      .complaintsClose, .complaintsReopen, .complaintsArriveOnSite, .complaintsExecute, .assessmentsAppeal,
      .followUpsAnswer, .clocksPause, .clocksResume, .clocksCorrect, .clocksAcknowledge,
    ])

  // ORG-K-SS: work orders and job cards, complaints, appointments.
  static let serviceSupervisor = all(
    frontOffice, reception, appointmentDesk, fieldRequests, fieldVisits, campaignWork, qualityReporting,
    [
      .productReturnsRead, .productReturnsWrite, .productReturnsNote, .productReturnsAttach,
      .productReturnsReturnToFactory,
      .productReturnsCancel,
      .workOrdersAssign, .complaintsWrite, .complaintsNote, .complaintsAttach, .complaintsInvestigate,
      .complaintsProposeSolution,
      .complaintsAcceptSolution, .complaintsRefuseSolution, .complaintsResolve, .complaintsReportMajor,
      .followUpsAnswer, .preAuthorisationsWrite, .preAuthorisationsAttach, .reportsRead,
    ])

  // ORG-K-SA; SM-2, SM-3: customers, vehicles, appointments, the order from reception to hand-over.
  static let serviceAdviser = all(
    frontOffice, reception, appointmentDesk, fieldRequests, fieldVisits, campaignWork,
    [
      .productReturnsRead, .productReturnsWrite, .productReturnsNote, .productReturnsAttach,
      .serviceRequestsWrite, .complaintsWrite, .complaintsNote, .complaintsAttach, .complaintsReportMajor,
      .followUpsWrite, .partsSalesRead,
      .partsSalesWrite, .qualityIssuesRead, .qualityIssuesWrite, .qualityIssuesAttach,
    ])

  // ORG-K-WS; SM-3: assigns, hours, quality inspection, statistics of technicians. Never finishes a job himself.
  static let workshopSupervisor = all(
    shopFloor,
    [
      .stationsWriteWorkshop, .workOrdersWriteLines, .workOrdersAssign, .workOrdersPassInspection,
      .workOrdersFailInspection, .reportsRead,
      .qualityIssuesRead, .qualityIssuesWrite, .qualityIssuesAttach, .certificatesRead, .trainingsRead, .stockRead,
      .reservationsRead,
    ])

  // WO-25; SM-3: own jobs (`Role.reach`): findings, hours, parts wanted, finish.
  static let technician = all(
    shopFloor, fieldVisits,
    [
      .workOrdersDiagnose, .workOrdersWriteLines, .workOrdersClock, .workOrdersRequestApproval, .workOrdersFinish,
      .qualityIssuesRead, .qualityIssuesWrite, .qualityIssuesAttach, .vehiclesRecordOdometer, .stockRead,
      .reservationsRead,
      .trainingsRead, .certificatesRead,
    ])

  // WO-31; SM-3: inspects work of others (SEC-10).
  static let inspector = all(
    shopFloor,
    [
      .workOrdersPassInspection, .workOrdersFailInspection, .qualityIssuesRead, .qualityIssuesWrite,
      .qualityIssuesAttach,
    ])

  // ORG-K-TD: appraisal on claims (CLM-05), rework analysis, technical reports.
  static let technicalDirector = all(
    shopFloor, qualityReporting,
    [
      .warrantyClaimsRead, .warrantyClaimsAppraise, .warrantyClaimsNote, .warrantyClaimsAttach, .oldPartsRead,
      .preAuthorisationsRead, .preAuthorisationsAttach, .complaintsRead,
      .complaintsArriveOnSite, .complaintsNote, .complaintsAttach, .qualityIssuesWriteEightD, .workOrdersDiagnose,
      .trainingsRead, .trainingsWrite,
      .certificatesRead, .reportsRead,
    ])

  // ORG-K-CL; SM-6, SM-7, SM-10: claims and old parts of the station; never audits (SEC-10).
  static let claimsClerk = all(
    shopFloor, qualityReporting,
    [
      .warrantyClaimsRead, .warrantyClaimsWrite, .warrantyClaimsCheck, .warrantyClaimsSubmit, .warrantyClaimsAppeal,
      .warrantyClaimsWithdraw, .warrantyClaimsNote, .warrantyClaimsAttach, .warrantyClaimsDetach,
      .preAuthorisationsRead, .preAuthorisationsWrite, .preAuthorisationsSubmit,
      .preAuthorisationsAnswer, .preAuthorisationsAttach, .preAuthorisationsDetach, .oldPartsRead, .oldPartsWrite,
      .oldPartsTag, .oldPartsShip, .oldPartsNote,
      .oldPartsAttach,
      .oldPartsDetach, .settlementsRead,
      .settlementsConfirm, .settlementsDisputeLine, .settlementsNote, .settlementsAttach, .complaintsRead, .ledgerRead,
      .priceListsRead,
      .policiesRead,
      .reportsRead,
    ])

  // What parts work looks at.
  static let partsReads: Set<Permission> = [
    .stockRead, .stockMovementsRead, .reservationsRead, .minimumStocksRead, .replenishmentProposalsRead,
    .stocktakesRead, .partsOrdersRead, .shipmentsRead, .partsClaimsRead, .partsSalesRead, .partsReturnsRead,
    .priceListsRead, .reserveQuotasRead,
  ]

  // ORG-K-PS; SM-8, SM-9: signs and submits what the clerk drafted; proposes minimum stock; approves stocktakes.
  static let partsSupervisor = all(
    shopFloor, partsReads,
    [
      .partsOrdersSign, .partsOrdersReturn, .partsOrdersSubmit, .partsOrdersCancel, .partsOrdersNote, .partsOrdersAgree,
      .partsClaimsSubmit,
      .partsClaimsNote, .partsClaimsAttach, .partsClaimsDetach, .reportsFreeze,
      .partsClaimsSettle, .minimumStocksWrite, .minimumStocksPropose, .stocktakesFreeze, .stocktakesApprove,
      .stocktakesPost, .ledgerRead, .reportsRead,
    ])

  // SM-3, SM-8, SM-9: drafts and gives up what he drafted, receives, issues, counts; never signs (SEC-10).
  static let partsClerk = all(
    shopFloor, partsReads,
    [
      .workOrdersIssueParts, .workOrdersAwaitParts, .workOrdersPartsArrived, .partsOrdersWrite, .partsOrdersReceive,
      .partsOrdersReportDiscrepancy, .partsOrdersClose, .partsOrdersCancel, .partsOrdersNote, .shipmentsDeliver,
      .shipmentsNote,
      .partsClaimsNote, .partsClaimsAttach, .stockMovementsWrite, .reservationsWrite,
      .stocktakesWrite, .stocktakesCount, .partsClaimsWrite, .partsSalesWrite, .partsReturnsWrite, .oldPartsRead,
    ])

  // ORG-K-IC: announcements and their receipts, feedback reports, surveys.
  static let informationCoordinator = all(
    staff, masterData,
    [
      .qualityIssuesRead, .qualityIssuesWrite, .qualityIssuesAttach, .surveysRead, .surveyResponsesRead,
      .surveyResponsesWrite,
      .trainingsRead, .reportsRead,
    ])

  // ORG-K-CR, ORG-S-1; SM-1, SM-2, SM-4, SM-13: contacts, complaints, rescue, appointments, follow-ups, letters.
  static let customerRelations = all(
    frontOffice, appointmentDesk, fieldRequests,
    [
      .customersMerge, .customersExportPersonal, .serviceRequestsWrite, .serviceRequestsForward,
      .serviceRequestsConvert,
      .serviceRequestsCancel, .complaintsWrite, .complaintsNote, .complaintsAttach, .complaintsReportMajor,
      .complaintsAcceptSolution,
      .complaintsRefuseSolution, .complaintsEscalate, .complaintsClose, .complaintsReopen, .followUpsWrite,
      .followUpsRecordCall, .followUpsEscalate, .followUpsAnswer, .surveysRead, .surveyResponsesRead,
      .surveyResponsesWrite, .lettersRead, .lettersWrite, .qualityIssuesRead, .qualityIssuesWrite, .qualityIssuesAttach,
      .campaignVehiclesNotify, .campaignVehiclesSchedule, .reportsRead,
    ])

  // ORG-S-2, ORG-13: appoints the clerk and his deputy; takes escalations (T-04, T-13); writes summaries.
  static let businessSupervisor = all(
    frontOffice,
    [
      .usersRead, .usersDelegate, .serviceRequestsAnswer, .serviceRequestsNote, .serviceRequestsAttach,
      .complaintsWrite, .complaintsNote, .complaintsAttach,
      .complaintsInvestigate,
      .complaintsProposeSolution, .complaintsResolve, .complaintsReportMajor, .followUpsWrite, .followUpsAnswer,
      .surveysRead, .surveyResponsesRead, .lettersRead, .lettersWrite, .reportsRead, .clocksPause, .clocksResume,
      .clocksAcknowledge,
    ])

  // Invoices and payments of the station (003-I, 004-B); SM-3: settles.
  static let cashier = all(
    shopFloor,
    [.customersReadPersonal, .workOrdersSettle, .partsSalesRead, .partsSalesWrite, .priceListsRead, .reportsRead])
}
