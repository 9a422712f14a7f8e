/// People and machines outside headquarters and stations (requirements.md §33, last part), and the maker's staff who
/// work on single jobs. `Role.reach` narrows what they see inside their scope.
extension RolePermissions {
  // The work on a job to which one was assigned: findings, hours, the way there and back (WO-25, FLD-03). `Role.reach` narrows
  // it to those jobs.
  static let assignedJob = all(
    fieldVisits,
    [
      .vehiclesRead, .vehiclesRecordOdometer, .workOrdersRead, .workOrdersNote, .workOrdersAttach, .workOrdersDiagnose,
      .workOrdersWriteLines, .workOrdersClock, .workOrdersRequestApproval, .workOrdersFinish,
    ])

  // ORG-S-5, FLD: on-site jobs with the repair form, return and exchange notes (SM-12), at the customer's door.
  static let fieldService = all(
    staff, masterData, assignedJob, fieldRequests,
    [
      .customersRead, .customersReadPersonal, .serviceRequestsRead, .qualityIssuesRead, .qualityIssuesWrite,
      .qualityIssuesAttach,
      .partsReturnsRead, .partsReturnsWrite, .entitlementsCheck, .productReturnsRead, .productReturnsWrite,
      .productReturnsNote, .productReturnsAttach, .productReturnsReturnToFactory, .productReturnsExchange,
      .productReturnsCancel,
    ])

  // ORG-S-6: repair and dismantling orders of returned products (SM-12).
  static let factoryWorkshop = all(
    staff, masterData,
    [
      .vehiclesRead, .vehiclesRecordOdometer, .partsReturnsRead, .oldPartsRead, .qualityIssuesRead, .stockRead,
      .productReturnsRead, .productReturnsNote, .productReturnsAttach,
      .productReturnsRepair,
    ])

  // 002 #7 3.2: reports problems; exchange and return notes (SM-12).
  static let salesperson = all(
    staff, masterData,
    [
      .serviceRequestsRead, .serviceRequestsWrite, .serviceRequestsNote, .serviceRequestsAttach,
      .serviceRequestsForward, .customersRead,
      .vehiclesRead,
      .qualityIssuesRead, .qualityIssuesWrite, .qualityIssuesAttach, .partsReturnsRead, .partsReturnsWrite,
      .productReturnsRead,
      .productReturnsWrite, .productReturnsNote, .productReturnsAttach, .productReturnsReturnToFactory,
      .productReturnsSendBack,
      .productReturnsApproveExchange, .productReturnsExchange, .productReturnsCancel,
    ])

  // ORG-S-7: receives returned goods, stock in and out (SM-12).
  static let financeWarehouse = all(
    staff, masterData,
    [
      .stockRead, .stockMovementsRead, .stockMovementsWrite, .stocktakesRead, .stocktakesCount, .partsReturnsRead,
      .partsReturnsWrite, .oldPartsRead, .shipmentsRead, .productReturnsRead, .productReturnsNote,
      .productReturnsAttach,
      .productReturnsExchange,
    ])

  // D-28: reports quality information, nothing else.
  static let seller: Set<Permission> = [
    .vehiclesRead, .qualityIssuesRead, .qualityIssuesWrite, .qualityIssuesAttach, .qualityIssuesSuspectMajor,
    .attachmentsRead,
    .attachmentsWrite,
  ]

  // ORG-15: assigned jobs. The ledger of the station at which he works is not his own; it holds no management fees (SET-07).
  static let outsourcedProvider = all(
    assignedJob,
    [.attachmentsRead, .attachmentsWrite, .notesRead, .notesWrite, .labourOperationsRead, .partsRead])

  // OLD-05, SET-05; SM-7: reads its recovery cases and the old parts that it got, and responds with evidence.
  static let componentSupplier: Set<Permission> = [
    .supplierRecoveriesRead, .supplierRecoveriesAccept, .supplierRecoveriesDispute, .supplierRecoveriesAttach,
    .oldPartsRead, .attachmentsRead, .partsRead,
  ]

  // PRT-16: the state of its shipments.
  static let carrier: Set<Permission> = [.shipmentsRead, .shipmentsTrack, .shipmentsDeliver]

  // D-27: appointments, own orders, ratings, complaints. Whose they are says the customer's file that his user speaks for.
  static let customerFrontEnd: Set<Permission> = [
    .workOrdersRead,
    .appointmentsRead, .appointmentsWrite, .appointmentsReschedule, .appointmentsCancel, .vehiclesRead,
    .surveyResponsesWrite, .complaintsRead, .complaintsWrite, .complaintsAcceptSolution,
    .complaintsRefuseSolution, .stationsRead, .serviceItemsRead,
  ]

  // ANN-08: the station's own system speaks for its staff: the whole of a work order (each step names the person, so
  // technician ≠ inspector is checked by person), customers, vehicles, appointments, claims, drafts of parts orders. It
  // signs and approves nothing: a signature is a person's (SEC-09).
  static let dealerSystem = all(
    masterData, reception, fieldRequests, fieldVisits, appointmentDesk, partsReads, campaignWork,
    [
      .customersRead, .customersReadPersonal, .customersWrite, .vehiclesRead, .vehiclesWrite,
      .vehiclesRecordOdometer, .serviceRequestsRead, .appointmentsRead, .workOrdersRead, .workOrdersIssueParts,
      .customersAttach, .customersDetach, .vehiclesAttach, .vehiclesDetach, .serviceRequestsDetach, .appointmentsDetach,
      .workOrdersClock, .workOrdersNote, .workOrdersAttach, .workOrdersDetach, .workOrdersAssign, .workOrdersAwaitParts,
      .workOrdersPartsArrived,
      .workOrdersFinish, .workOrdersPassInspection, .workOrdersFailInspection,
      .warrantyClaimsRead, .warrantyClaimsWrite, .warrantyClaimsCheck, .warrantyClaimsSubmit,
      .warrantyClaimsWithdraw, .preAuthorisationsRead, .preAuthorisationsWrite, .preAuthorisationsAttach,
      .entitlementsCheck, .oldPartsRead,
      .settlementsRead, .partsOrdersWrite, .partsOrdersReceive, .partsOrdersReportDiscrepancy,
      .partsOrdersNote, .partsClaimsNote, .partsClaimsAttach,
      .stockMovementsWrite, .reservationsWrite, .partsClaimsWrite, .qualityIssuesRead, .qualityIssuesWrite,
      .qualityIssuesAttach,
      .campaignsRead, .campaignVehiclesRead, .policiesRead, .eventsRead, .webhooksRead, .webhooksWrite, .webhooksPing,
      .webhooksPause, .webhooksResume, .webhooksReplay, .importsRead, .importsWrite, .exportsRead,
      .exportsWrite, .attachmentsRead, .attachmentsWrite, .notesRead, .notesWrite, .announcementsRead,
    ])
}
