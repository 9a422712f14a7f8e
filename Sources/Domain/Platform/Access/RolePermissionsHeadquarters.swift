/// Headquarters (requirements.md §33, first part). "R all" is `businessReads`.
extension RolePermissions {
  // ORG-VP-1…4, ORG-HQ-13: reads all; approves the price catalogue that Parts Supply drafts (PRT, SEC-10).
  static let executive = all(
    staff, businessReads,
    [.priceListsApprove, .priceListsReject, .exportsWrite, .clocksAcknowledge])

  // ORG-SM-1, 2: reads all; reopens and overrides with a reason; approves what departments of headquarters decide.
  static let seniorManager = all(
    staff, businessReads,
    [
      .policiesApprove, .campaignsApprove, .assessmentsDecideAppeal, .complaintsReopen, .qualityIssuesReopen,
      .qualityIssuesRegrade, .stationApplicationsReconsider, .clocksAcknowledge, .usersRead, .usersDelegate,
      .exportsWrite, .customersErase, .customersReadDisclosures,
    ])

  // SM-1: registers, assigns and supervises, answers, returns the result.
  static let serviceRequestDesk: Set<Permission> = [
    .serviceRequestsWrite, .serviceRequestsForward, .serviceRequestsAnswer, .serviceRequestsDispatch,
    .serviceRequestsReceipt, .serviceRequestsNote, .serviceRequestsAttach,
  ]

  // SM-4: handlers of a complaint, from assignment to its end.
  static let complaintHandling: Set<Permission> = [
    .complaintsWrite, .complaintsAssign, .complaintsInvestigate, .complaintsProposeSolution,
    .complaintsAcceptSolution, .complaintsRefuseSolution, .complaintsResolve, .complaintsCloseUnjustified,
    .complaintsReportMajor, .complaintsNote, .complaintsAttach,
  ]

  // ORG-AS-01…18: requests, complaints (confirm major, lead the team, close), quality issues (confirm, grade, close),
  // assessments, penalties, announcements, surveys, reports; audits settlements (SM-7); expels stations (SM-11).
  static let serviceDepartment = all(
    staff, businessReads, serviceRequestDesk, complaintHandling, complaintTeamLead, qualityGrading,
    [
      .serviceRequestsEscalate, .serviceRequestsClose, .serviceRequestsCancel, .serviceRequestsConvert,
      .serviceRequestsDetach, .productReturnsDetach, .vehiclesAttach, .vehiclesDetach,
      .complaintsClose, .complaintsReopen, .complaintsMerge,
      .campaignsWrite, .campaignsPublish, .campaignsSuspend, .campaignsComplete, .campaignVehiclesWrite,
      .campaignVehiclesExport, .campaignVehiclesScrap, .earlyWarningsWrite, .componentFamiliesWrite,
      .assessmentsWrite, .assessmentsCompute, .assessmentsFreeze, .penaltiesWrite, .rewardsWrite, .inspectionsWrite,
      .penaltiesAttach, .penaltiesDetach, .rewardsAttach, .rewardsDetach,
      .announcementsWrite, .surveysWrite, .lettersWrite, .policiesWrite, .reportsFreeze, .clocksPause, .clocksResume,
      .clocksCorrect, .clocksRecompute, .clocksAcknowledge, .calendarsWrite, .settlementsAudit, .settlementsNote,
      .stationApplicationsTerminate, .stationsWrite, .stationsSuspend, .stationsReinstate, .stationsTerminate,
      .vehiclesWrite, .exportsWrite,
    ])

  // SM-4, the major branch: confirms or downgrades, forms the team and leads it (T-16, T-17, SEC-02).
  static let complaintTeamLead: Set<Permission> = [
    .complaintsConfirmMajor, .complaintsDowngrade, .complaintsFormTeam, .complaintsArriveOnSite,
    .complaintsNegotiate, .complaintsWriteAgreement, .complaintsSignAgreement, .complaintsWriteCompensations,
    .complaintsExecute, .complaintsDetach,
  ]

  // SM-5: grades (QI-10…19), handles level 3, informs QA (QI-22), returns the result (QI-28).
  static let qualityGrading: Set<Permission> = [
    .qualityIssuesWrite, .qualityIssuesClassify, .qualityIssuesReplay, .qualityIssuesSuspectMajor,
    .qualityIssuesConfirm, .qualityIssuesRefuse, .qualityIssuesInformQa, .qualityIssuesProgress,
    .qualityIssuesResolve, .qualityIssuesReceipt, .qualityIssuesClose, .qualityIssuesRegrade, .qualityIssuesReopen,
    .qualityIssuesWriteEightD, .qualityIssuesNote, .qualityIssuesAttach, .qualityIssuesDetach,
  ]

  // ORG-AS-11; SM-6, SM-7, SM-10: audits claims and may not create them; compiles settlements and recoveries.
  static let claimsSection = all(
    staff, businessReads,
    [
      .warrantyClaimsCheck, .warrantyClaimsReturn, .warrantyClaimsDecide, .warrantyClaimsChargeBack,
      .warrantyClaimsReplay, .warrantyClaimsNote, .claimRulesWhatIf,
      .preAuthorisationsRequestInfo, .preAuthorisationsApprove, .preAuthorisationsReject, .preAuthorisationsExpire,
      .preAuthorisationsAttach,
      .oldPartsWrite, .oldPartsRequest, .oldPartsReceive, .oldPartsInspect, .oldPartsSendToSupplier, .oldPartsScrap,
      .oldPartsNote, .oldPartsAttach, .oldPartsDetach,
      .settlementsWrite, .settlementsCompile, .settlementsNote, .settlementsAttach, .settlementsDetach,
      .supplierRecoveriesWrite, .supplierRecoveriesCompile, .supplierRecoveriesSend, .supplierRecoveriesAgree,
      .supplierRecoveriesNote, .supplierRecoveriesAttach, .supplierRecoveriesDetach,
      .policiesWrite, .exportsWrite,
    ])

  // NET-01…15; SM-11: scores, visits, interviews, letter of intent, acceptance; never decides (SEC-10).
  static let networkSection = all(
    staff, businessReads,
    [
      .stationApplicationsWrite, .stationApplicationsIssueForm, .stationApplicationsScore,
      .stationApplicationsVisit, .stationApplicationsSignIntent, .stationApplicationsOrderEquipment,
      .stationApplicationsInspectAcceptance,
      .stationApplicationsSignContract, .stationApplicationsReconsider, .stationsWrite, .stationsSuspend,
      .stationsReinstate, .exportsWrite,
    ])

  // ORG-HQ-1: approves or rejects applications, nothing else.
  static let networkCommittee = all(
    staff, masterData,
    [.stationApplicationsRead, .stationApplicationsDecide])

  // ORG-PS-01…13; SM-8, SM-9: catalogue and prices (drafts, never approves), quotas, stock, orders, claims, 3PL.
  static let partsSupply = all(
    staff, businessReads,
    [
      .partsWrite, .sbomsWrite, .priceListsWrite, .priceListsSubmit, .reserveQuotasWrite, .minimumStocksApprove,
      .stockWrite, .stockMovementsWrite, .reservationsWrite, .replenishmentProposalsWrite, .stocktakesWrite,
      .stocktakesFreeze,
      .stocktakesApprove, .stocktakesPost, .warehousesWrite, .carriersWrite,
      .partsOrdersHold, .partsOrdersConfirm, .partsOrdersShip, .partsOrdersCancel, .partsOrdersReject,
      .partsOrdersClose, .partsOrdersNote,
      .shipmentsWrite, .shipmentsDispatch, .shipmentsTrack, .shipmentsDeliver, .shipmentsNote,
      .partsClaimsReview, .partsClaimsApproveReplenishment, .partsClaimsApproveCompensation, .partsClaimsReject,
      .partsClaimsRecover, .partsClaimsClose, .partsClaimsNote, .partsClaimsAttach, .partsClaimsDetach,
      .partsReturnsWrite, .stationApplicationsOrderEquipment, .policiesWrite,
      .exportsWrite,
    ])

  // ORG-S-12: assesses Technical Quality, which it is not part of (ASM-P4, SEC-10).
  static let generalDepartment = all(
    staff, masterData,
    [
      .assessmentsRead, .assessmentsWrite, .assessmentsCompute, .penaltiesRead, .penaltiesWrite, .penaltiesAttach,
      .rewardsRead,
      .reportsRead, .qualityIssuesRead,
    ])

  // ORG-HQ-3; SM-1, SM-4: hotline, phone solution, dispatch, escalation, complaints with the major report, call-backs.
  static let callCentre = all(
    staff, masterData, serviceRequestDesk,
    [
      .serviceRequestsRead, .serviceRequestsResolveByPhone, .serviceRequestsEscalate, .serviceRequestsClose,
      .serviceRequestsConvert, .serviceRequestsCancel,
      .customersRead, .customersReadPersonal, .customersWrite, .customersMerge, .customersExportPersonal, .vehiclesRead,
      .vehiclesWrite,
      .complaintsRead, .complaintsWrite, .complaintsAssign, .complaintsReportMajor, .complaintsClose,
      .complaintsReopen, .complaintsMerge, .complaintsNote, .complaintsAttach,
      .qualityIssuesRead, .qualityIssuesWrite, .qualityIssuesNote, .qualityIssuesAttach, .qualityIssuesSuspectMajor,
      .earlyWarningsRead,
      .workOrdersRead, .appointmentsRead, .appointmentsWrite, .campaignsRead, .campaignVehiclesRead,
      .campaignVehiclesNotify, .entitlementsCheck, .followUpsRead, .followUpsWrite, .followUpsRecordCall,
      .surveysRead, .surveyResponsesRead, .surveyResponsesWrite, .lettersRead, .clocksRead, .reportsRead,
    ])

  // ORG-HQ-6, ORG-S-4; SM-5: level 1 confirmed, level 2 measures, corrective action; appraisal (SM-4); reuse (SM-10); tells
  // the field staff of the place (FLD-05).
  static let qualityAssurance = all(
    staff, masterData, qualityReads,
    [
      .qualityIssuesClassify, .qualityIssuesReplay, .qualityIssuesQaConfirm, .qualityIssuesQaReturn,
      .qualityIssuesAssignSupport, .qualityIssuesProposeMeasures, .qualityIssuesProgress,
      .qualityIssuesWriteMeasures, .qualityIssuesWriteEightD, .qualityIssuesNote, .qualityIssuesAttach,
      .qualityIssuesDetach,
      .complaintsArriveOnSite, .complaintsAppraise, .complaintsWriteVehicleReturns, .complaintsNote,
      .complaintsAttach, .oldPartsReuse, .oldPartsScrap, .oldPartsNote, .oldPartsAttach,
      .earlyWarningsWrite, .componentFamiliesWrite, .campaignsWrite, .partsReturnsRead, .exportsWrite,
      .productReturnsRead,
      .productReturnsNote, .productReturnsAttach, .productReturnsSchedule, .productReturnsScrap,
      .serviceRequestsRead, .serviceRequestsNote, .serviceRequestsInformFieldStaff,
    ])

  // What quality work looks at: from the complaint to the claim and the part.
  static let qualityReads: Set<Permission> = [
    .qualityIssuesRead, .complaintsRead, .earlyWarningsRead, .campaignsRead, .campaignVehiclesRead,
    .warrantyClaimsRead, .oldPartsRead, .workOrdersRead, .vehiclesRead, .customersRead, .supplierRecoveriesRead,
    .reportsRead, .clocksRead, .entitlementsCheck,
  ]

  // ORG-HQ-7; SET; SM-7, SM-8: approves and pays (two people), accounts, deposits, compensation, credit hold.
  static let financeOffice = all(
    staff, masterData,
    [
      .settlementsRead, .settlementsApprove, .settlementsPay, .settlementsCancel, .settlementsClose,
      .settlementsNote, .settlementsAttach,
      .warrantyClaimsRead, .preAuthorisationsRead, .oldPartsRead, .supplierRecoveriesRead,
      .supplierRecoveriesSettle, .supplierRecoveriesNote, .ledgerRead, .ledgerWrite, .ledgerReverse,
      .complaintsRead, .complaintsWriteCompensations, .complaintsExecute, .complaintsNote, .complaintsAttach,
      .penaltiesRead, .rewardsRead,
      .partsOrdersRead, .partsOrdersHold, .partsOrdersRelease, .partsOrdersNote, .partsClaimsRead, .partsClaimsNote,
      .partsClaimsApproveCompensation,
      .partsClaimsSettle, .partsSalesRead, .partsReturnsRead, .priceListsRead, .stockRead, .stocktakesRead,
      .policiesRead, .policiesWrite, .reportsRead, .reportsFreeze, .clocksRead, .exportsRead, .exportsWrite,
    ])

  // ORG-HQ-8; SM-4: the cases where he is a member; reviews the agreement.
  static let legalCounsel = all(
    staff,
    [
      .complaintsRead, .complaintsArriveOnSite, .complaintsNegotiate, .complaintsWriteAgreement, .complaintsNote,
      .complaintsAttach, .vehiclesRead,
      .qualityIssuesRead,
    ])

  // ORG-HQ-11; SM-4: the cases where he is a member; media notes.
  static let publicRelations = all(
    staff,
    [
      .complaintsRead, .complaintsArriveOnSite, .complaintsNegotiate, .complaintsNote, .complaintsAttach,
      .vehiclesRead, .qualityIssuesRead,
    ])

  // ORG-HQ-2; SM-11: identity orders of applicants; customer campaigns and letters.
  static let marketing = all(
    staff, masterData,
    [
      .stationApplicationsRead, .stationApplicationsOrderEquipment, .campaignsRead, .lettersRead, .lettersWrite,
      .surveysRead, .surveysWrite, .surveyResponsesRead, .announcementsWrite, .reportsRead,
    ])

  // ORG-HQ-9, 10; SM-4: transport and storage of vehicles that are taken back.
  static let logistics = all(
    staff, masterData,
    [
      .complaintsRead, .complaintsExecute, .complaintsWriteVehicleReturns, .complaintsNote, .complaintsAttach,
      .vehiclesRead, .shipmentsRead,
      .shipmentsWrite, .shipmentsTrack,
    ])

  // TRN: trainings and certificates; reads what shows the need.
  static let technicalTraining = all(
    staff, masterData,
    [
      .trainingsRead, .trainingsWrite, .certificatesRead, .certificatesWrite, .qualityIssuesRead, .reportsRead,
      .assessmentsRead, .announcementsWrite,
    ])

  // ORG-01 (the seed names the tier, not its duties): working functions of the Service Department inside the region.
  // What binds the whole network stays with headquarters: major, grade, audit, campaigns, policies.
  static let regionalCentre = all(
    staff, businessReads, serviceRequestDesk, complaintHandling,
    [
      .serviceRequestsEscalate, .serviceRequestsClose, .serviceRequestsCancel, .complaintsClose,
      .qualityIssuesWrite, .qualityIssuesNote, .qualityIssuesAttach, .qualityIssuesSuspectMajor,
      .qualityIssuesProgress, .inspectionsWrite,
      .campaignVehiclesWrite, .surveysWrite, .exportsWrite, .clocksAcknowledge,
    ])

  // SEC-01, MST: people, machine clients, master data, transfer; no business approvals and no business documents.
  static let administrator = all(
    staff, masterData,
    [
      .usersRead, .usersWrite, .usersDelegate, .clientsRead, .clientsWrite, .tokensIntrospect,
      .regionsWrite, .stationsWrite, .suppliersWrite, .warehousesWrite, .carriersWrite, .vehicleModelsWrite,
      .labourOperationsWrite, .serviceItemsWrite, .faultCodesWrite, .componentFamiliesWrite, .policiesRead,
      .policiesWrite, .eventsRead,
      .webhooksRead, .webhooksWrite, .webhooksPing, .webhooksPause, .webhooksResume, .webhooksReplay, .importsRead,
      .importsWrite, .exportsRead, .clocksRead, .reportsRead,
    ])
}
