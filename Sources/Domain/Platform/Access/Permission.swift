/// What an operation demands and a role grants: one case per action, raw value `resource:action` as openapi.yaml has it
/// (`x-permission`). Which role holds which stands in `RolePermissions` alone (SEC-01, ORG-12).
package enum Permission: String, CaseIterable, Hashable, Sendable {
  // MARK: Platform: access

  // What every caller may read about the product itself.
  case metaRead = "meta:read"

  // Users and the delegation of roles (ORG-08, ORG-13).
  case usersRead = "users:read"
  case usersWrite = "users:write"
  case usersDelegate = "users:delegate"

  // Machine clients and tokens (SEC-12).
  case clientsRead = "clients:read"
  case clientsWrite = "clients:write"
  case tokensIntrospect = "tokens:introspect"

  // Numbers that a law, a region or a year can change.
  case policiesRead = "policies:read"
  case policiesWrite = "policies:write"
  case policiesApprove = "policies:approve"

  // Change feed, webhooks, bulk transfer (ANN-08).
  case eventsRead = "events:read"
  case webhooksRead = "webhooks:read"
  case webhooksWrite = "webhooks:write"
  case webhooksPing = "webhooks:ping"
  case webhooksPause = "webhooks:pause"
  case webhooksResume = "webhooks:resume"
  case webhooksReplay = "webhooks:replay"
  case importsRead = "imports:read"
  case importsWrite = "imports:write"
  case exportsRead = "exports:read"
  case exportsWrite = "exports:write"

  // Reports and the records attached to documents.
  case reportsRead = "reports:read"
  case reportsFreeze = "reports:freeze"
  case attachmentsRead = "attachments:read"
  case attachmentsWrite = "attachments:write"
  case notesRead = "notes:read"
  case notesWrite = "notes:write"
  case clocksRead = "clocks:read"
  case clocksPause = "clocks:pause"
  case clocksResume = "clocks:resume"
  case clocksCorrect = "clocks:correct"
  case clocksRecompute = "clocks:recompute"
  case clocksAcknowledge = "clocks:acknowledge"
  case calendarsRead = "calendars:read"
  case calendarsWrite = "calendars:write"

  // MARK: Network

  // Organisations (ORG-01…11).
  case regionsRead = "regions:read"
  case regionsWrite = "regions:write"
  case stationsRead = "stations:read"
  case stationsWrite = "stations:write"
  case stationsSuspend = "stations:suspend"
  case stationsReinstate = "stations:reinstate"
  case stationsTerminate = "stations:terminate"
  case stationsWriteWorkshop = "stations:writeWorkshop"
  case suppliersRead = "suppliers:read"
  case suppliersWrite = "suppliers:write"
  case warehousesRead = "warehouses:read"
  case warehousesWrite = "warehouses:write"
  case carriersRead = "carriers:read"
  case carriersWrite = "carriers:write"

  // Station applications (SM-11).
  case stationApplicationsRead = "stationApplications:read"
  case stationApplicationsWrite = "stationApplications:write"
  case stationApplicationsIssueForm = "stationApplications:issueForm"
  case stationApplicationsSubmit = "stationApplications:submit"
  case stationApplicationsScore = "stationApplications:score"
  case stationApplicationsVisit = "stationApplications:visit"
  case stationApplicationsDecide = "stationApplications:decide"
  case stationApplicationsSignIntent = "stationApplications:signIntent"
  case stationApplicationsOrderEquipment = "stationApplications:orderEquipment"
  case stationApplicationsRequestAcceptance = "stationApplications:requestAcceptance"
  case stationApplicationsInspectAcceptance = "stationApplications:inspectAcceptance"
  case stationApplicationsRectify = "stationApplications:rectify"
  case stationApplicationsSignContract = "stationApplications:signContract"
  case stationApplicationsReconsider = "stationApplications:reconsider"
  case stationApplicationsTerminate = "stationApplications:terminate"

  // Assessments, rewards and penalties (ASM).
  case assessmentsRead = "assessments:read"
  case assessmentsWrite = "assessments:write"
  case assessmentsCompute = "assessments:compute"
  case assessmentsFreeze = "assessments:freeze"
  case assessmentsAppeal = "assessments:appeal"
  case assessmentsDecideAppeal = "assessments:decideAppeal"
  case penaltiesRead = "penalties:read"
  case penaltiesWrite = "penalties:write"
  case rewardsRead = "rewards:read"
  case rewardsWrite = "rewards:write"
  case inspectionsRead = "inspections:read"
  case inspectionsWrite = "inspections:write"

  // Announcements and trainings (ANN, TRN).
  case announcementsRead = "announcements:read"
  case announcementsWrite = "announcements:write"
  case announcementsAcknowledge = "announcements:acknowledge"
  case trainingsRead = "trainings:read"
  case trainingsWrite = "trainings:write"
  case certificatesRead = "certificates:read"
  case certificatesWrite = "certificates:write"

  // MARK: Customers and vehicles

  // Customer file; `readPersonal` unmasks names, telephones and addresses, `readDisclosures`
  // tells to whom they were shown (SEC-04).
  case customersRead = "customers:read"
  case customersReadPersonal = "customers:readPersonal"
  case customersWrite = "customers:write"
  case customersMerge = "customers:merge"
  case customersExportPersonal = "customers:exportPersonal"
  case customersErase = "customers:erase"
  case customersReadDisclosures = "customers:readDisclosures"

  // Vehicles, their odometer and the catalogue that describes them (MST).
  case vehiclesRead = "vehicles:read"
  case vehiclesWrite = "vehicles:write"
  case vehiclesRecordOdometer = "vehicles:recordOdometer"
  case vehicleModelsRead = "vehicleModels:read"
  case vehicleModelsWrite = "vehicleModels:write"
  case labourOperationsRead = "labourOperations:read"
  case labourOperationsWrite = "labourOperations:write"
  case serviceItemsRead = "serviceItems:read"
  case serviceItemsWrite = "serviceItems:write"
  case faultCodesRead = "faultCodes:read"
  case faultCodesWrite = "faultCodes:write"

  // Follow-ups, surveys, letters (SM-13, FUP, SAT).
  case followUpsRead = "followUps:read"
  case followUpsWrite = "followUps:write"
  case followUpsRecordCall = "followUps:recordCall"
  case followUpsEscalate = "followUps:escalate"
  case followUpsAnswer = "followUps:answer"
  case surveysRead = "surveys:read"
  case surveysWrite = "surveys:write"
  case surveyResponsesRead = "surveyResponses:read"
  case surveyResponsesWrite = "surveyResponses:write"
  case lettersRead = "letters:read"
  case lettersWrite = "letters:write"

  // MARK: Service

  // Service requests (SM-1).
  case serviceRequestsRead = "serviceRequests:read"
  case serviceRequestsWrite = "serviceRequests:write"
  case serviceRequestsNote = "serviceRequests:note"
  case serviceRequestsForward = "serviceRequests:forward"
  case serviceRequestsAnswer = "serviceRequests:answer"
  case serviceRequestsResolveByPhone = "serviceRequests:resolveByPhone"
  case serviceRequestsEscalate = "serviceRequests:escalate"
  case serviceRequestsDispatch = "serviceRequests:dispatch"
  case serviceRequestsAccept = "serviceRequests:accept"
  case serviceRequestsRefuse = "serviceRequests:refuse"
  case serviceRequestsStart = "serviceRequests:start"
  case serviceRequestsArrive = "serviceRequests:arrive"
  case serviceRequestsResolve = "serviceRequests:resolve"
  case serviceRequestsReceipt = "serviceRequests:receipt"
  case serviceRequestsClose = "serviceRequests:close"
  case serviceRequestsConvert = "serviceRequests:convert"
  case serviceRequestsCancel = "serviceRequests:cancel"

  // Appointments (SM-2).
  case appointmentsRead = "appointments:read"
  case appointmentsWrite = "appointments:write"
  case appointmentsNegotiate = "appointments:negotiate"
  case appointmentsConfirm = "appointments:confirm"
  case appointmentsReschedule = "appointments:reschedule"
  case appointmentsCheckIn = "appointments:checkIn"
  case appointmentsNoShow = "appointments:noShow"
  case appointmentsCancel = "appointments:cancel"

  // Work orders (SM-3): the document and its lines.
  case workOrdersRead = "workOrders:read"
  case workOrdersCreate = "workOrders:create"
  case workOrdersUpdate = "workOrders:update"
  case workOrdersWriteLines = "workOrders:writeLines"
  case workOrdersIssueParts = "workOrders:issueParts"
  case workOrdersClock = "workOrders:clock"
  case workOrdersShareProgress = "workOrders:shareProgress"
  case workOrdersNote = "workOrders:note"
  case workOrdersAttach = "workOrders:attach"
  case workOrdersDetach = "workOrders:detach"

  // Work orders (SM-3): the actions in the order of the life cycle.
  case workOrdersInspect = "workOrders:inspect"
  case workOrdersDiagnose = "workOrders:diagnose"
  case workOrdersQuote = "workOrders:quote"
  case workOrdersAuthorise = "workOrders:authorise"
  case workOrdersConvertToAppointment = "workOrders:convertToAppointment"
  case workOrdersCloseNoRepair = "workOrders:closeNoRepair"
  case workOrdersAdmit = "workOrders:admit"
  case workOrdersAssign = "workOrders:assign"
  case workOrdersRequestApproval = "workOrders:requestApproval"
  case workOrdersDecideItems = "workOrders:decideItems"
  case workOrdersAwaitParts = "workOrders:awaitParts"
  case workOrdersPartsArrived = "workOrders:partsArrived"
  case workOrdersFinish = "workOrders:finish"
  case workOrdersPassInspection = "workOrders:passInspection"
  case workOrdersFailInspection = "workOrders:failInspection"
  case workOrdersNotify = "workOrders:notify"
  case workOrdersAccept = "workOrders:accept"
  case workOrdersSettle = "workOrders:settle"
  case workOrdersDeliver = "workOrders:deliver"
  case workOrdersClose = "workOrders:close"
  case workOrdersCancel = "workOrders:cancel"
  case workOrdersRework = "workOrders:rework"
  case workOrdersDepart = "workOrders:depart"
  case workOrdersArrive = "workOrders:arrive"
  case workOrdersClear = "workOrders:clear"

  // Returns to the factory and exchanges (SM-12).
  case productReturnsRead = "productReturns:read"
  case productReturnsWrite = "productReturns:write"
  case productReturnsNote = "productReturns:note"
  case productReturnsReturnToFactory = "productReturns:returnToFactory"
  case productReturnsSchedule = "productReturns:schedule"
  case productReturnsRepair = "productReturns:repair"
  case productReturnsSendBack = "productReturns:sendBack"
  case productReturnsScrap = "productReturns:scrap"
  case productReturnsApproveExchange = "productReturns:approveExchange"
  case productReturnsExchange = "productReturns:exchange"
  case productReturnsCancel = "productReturns:cancel"

  // MARK: Quality

  // Complaints (SM-4): the document with team, agreement, compensations and vehicle returns.
  case complaintsRead = "complaints:read"
  case complaintsWrite = "complaints:write"
  case complaintsNote = "complaints:note"
  case complaintsAttach = "complaints:attach"
  case complaintsDetach = "complaints:detach"
  case complaintsWriteAgreement = "complaints:writeAgreement"
  case complaintsWriteCompensations = "complaints:writeCompensations"
  case complaintsWriteVehicleReturns = "complaints:writeVehicleReturns"

  // Complaints (SM-4): actions.
  case complaintsAssign = "complaints:assign"
  case complaintsInvestigate = "complaints:investigate"
  case complaintsProposeSolution = "complaints:proposeSolution"
  case complaintsAcceptSolution = "complaints:acceptSolution"
  case complaintsRefuseSolution = "complaints:refuseSolution"
  case complaintsEscalate = "complaints:escalate"
  case complaintsResolve = "complaints:resolve"
  case complaintsClose = "complaints:close"
  case complaintsReopen = "complaints:reopen"
  case complaintsCloseUnjustified = "complaints:closeUnjustified"
  case complaintsReportMajor = "complaints:reportMajor"
  case complaintsConfirmMajor = "complaints:confirmMajor"
  case complaintsDowngrade = "complaints:downgrade"
  case complaintsFormTeam = "complaints:formTeam"
  case complaintsArriveOnSite = "complaints:arriveOnSite"
  case complaintsAppraise = "complaints:appraise"
  case complaintsNegotiate = "complaints:negotiate"
  case complaintsSignAgreement = "complaints:signAgreement"
  case complaintsExecute = "complaints:execute"
  case complaintsMerge = "complaints:merge"

  // Quality issues (SM-5): the document with classification, 8D and measures.
  case qualityIssuesRead = "qualityIssues:read"
  case qualityIssuesWrite = "qualityIssues:write"
  case qualityIssuesNote = "qualityIssues:note"
  case qualityIssuesClassify = "qualityIssues:classify"
  case qualityIssuesReplay = "qualityIssues:replay"
  case qualityIssuesWriteEightD = "qualityIssues:writeEightD"
  case qualityIssuesWriteMeasures = "qualityIssues:writeMeasures"

  // Quality issues (SM-5): actions.
  case qualityIssuesSuspectMajor = "qualityIssues:suspectMajor"
  case qualityIssuesConfirm = "qualityIssues:confirm"
  case qualityIssuesRefuse = "qualityIssues:refuse"
  case qualityIssuesQaConfirm = "qualityIssues:qaConfirm"
  case qualityIssuesQaReturn = "qualityIssues:qaReturn"
  case qualityIssuesAssignSupport = "qualityIssues:assignSupport"
  case qualityIssuesProposeMeasures = "qualityIssues:proposeMeasures"
  case qualityIssuesInformQa = "qualityIssues:informQa"
  case qualityIssuesProgress = "qualityIssues:progress"
  case qualityIssuesResolve = "qualityIssues:resolve"
  case qualityIssuesReceipt = "qualityIssues:receipt"
  case qualityIssuesClose = "qualityIssues:close"
  case qualityIssuesRegrade = "qualityIssues:regrade"
  case qualityIssuesReopen = "qualityIssues:reopen"

  // Early warning and campaigns.
  case earlyWarningsRead = "earlyWarnings:read"
  case earlyWarningsWrite = "earlyWarnings:write"
  case campaignsRead = "campaigns:read"
  case campaignsWrite = "campaigns:write"
  case campaignsApprove = "campaigns:approve"
  case campaignsPublish = "campaigns:publish"
  case campaignsSuspend = "campaigns:suspend"
  case campaignsComplete = "campaigns:complete"
  case campaignVehiclesRead = "campaignVehicles:read"
  case campaignVehiclesWrite = "campaignVehicles:write"
  case campaignVehiclesNotify = "campaignVehicles:notify"
  case campaignVehiclesSchedule = "campaignVehicles:schedule"
  case campaignVehiclesRemedy = "campaignVehicles:remedy"
  case campaignVehiclesRefuse = "campaignVehicles:refuse"
  case campaignVehiclesExport = "campaignVehicles:export"
  case campaignVehiclesScrap = "campaignVehicles:scrap"

  // MARK: Warranty

  // Coverage and pre-authorisations.
  case entitlementsCheck = "entitlements:check"
  case preAuthorisationsRead = "preAuthorisations:read"
  case preAuthorisationsWrite = "preAuthorisations:write"
  case preAuthorisationsSubmit = "preAuthorisations:submit"
  case preAuthorisationsRequestInfo = "preAuthorisations:requestInfo"
  case preAuthorisationsAnswer = "preAuthorisations:answer"
  case preAuthorisationsApprove = "preAuthorisations:approve"
  case preAuthorisationsReject = "preAuthorisations:reject"
  case preAuthorisationsExpire = "preAuthorisations:expire"

  // Warranty claims (SM-6); `appraise` is the technical opinion of CLM-05.
  case warrantyClaimsRead = "warrantyClaims:read"
  case warrantyClaimsWrite = "warrantyClaims:write"
  case warrantyClaimsAppraise = "warrantyClaims:appraise"
  case warrantyClaimsCheck = "warrantyClaims:check"
  case warrantyClaimsSubmit = "warrantyClaims:submit"
  case warrantyClaimsReturn = "warrantyClaims:return"
  case warrantyClaimsDecide = "warrantyClaims:decide"
  case warrantyClaimsAppeal = "warrantyClaims:appeal"
  case warrantyClaimsWithdraw = "warrantyClaims:withdraw"
  case warrantyClaimsReplay = "warrantyClaims:replay"
  case claimRulesWhatIf = "claimRules:whatIf"

  // Old parts (SM-10).
  case oldPartsRead = "oldParts:read"
  case oldPartsWrite = "oldParts:write"
  case oldPartsTag = "oldParts:tag"
  case oldPartsRequest = "oldParts:request"
  case oldPartsShip = "oldParts:ship"
  case oldPartsReceive = "oldParts:receive"
  case oldPartsInspect = "oldParts:inspect"
  case oldPartsSendToSupplier = "oldParts:sendToSupplier"
  case oldPartsReuse = "oldParts:reuse"
  case oldPartsScrap = "oldParts:scrap"

  // Settlements and recoveries from suppliers (SM-7).
  case settlementsRead = "settlements:read"
  case settlementsWrite = "settlements:write"
  case settlementsCompile = "settlements:compile"
  case settlementsConfirm = "settlements:confirm"
  case settlementsDisputeLine = "settlements:disputeLine"
  case settlementsAudit = "settlements:audit"
  case settlementsApprove = "settlements:approve"
  case settlementsPay = "settlements:pay"
  case settlementsClose = "settlements:close"
  case settlementsCancel = "settlements:cancel"
  case supplierRecoveriesRead = "supplierRecoveries:read"
  case supplierRecoveriesWrite = "supplierRecoveries:write"
  case supplierRecoveriesCompile = "supplierRecoveries:compile"
  case supplierRecoveriesSend = "supplierRecoveries:send"
  case supplierRecoveriesAccept = "supplierRecoveries:accept"
  case supplierRecoveriesDispute = "supplierRecoveries:dispute"
  case supplierRecoveriesAgree = "supplierRecoveries:agree"
  case supplierRecoveriesSettle = "supplierRecoveries:settle"

  // Ledger (SET).
  case ledgerRead = "ledger:read"
  case ledgerWrite = "ledger:write"
  case ledgerReverse = "ledger:reverse"

  // MARK: Parts

  // Catalogue and prices (PRT).
  case partsRead = "parts:read"
  case partsWrite = "parts:write"
  case sbomsRead = "sboms:read"
  case sbomsWrite = "sboms:write"
  case priceListsRead = "priceLists:read"
  case priceListsWrite = "priceLists:write"
  case priceListsSubmit = "priceLists:submit"
  case priceListsApprove = "priceLists:approve"
  case priceListsReject = "priceLists:reject"

  // Stock.
  case stockRead = "stock:read"
  case stockWrite = "stock:write"
  case stockMovementsRead = "stockMovements:read"
  case stockMovementsWrite = "stockMovements:write"
  case reservationsRead = "reservations:read"
  case reservationsWrite = "reservations:write"
  case minimumStocksRead = "minimumStocks:read"
  case minimumStocksWrite = "minimumStocks:write"
  case minimumStocksPropose = "minimumStocks:propose"
  case minimumStocksApprove = "minimumStocks:approve"
  case reserveQuotasRead = "reserveQuotas:read"
  case reserveQuotasWrite = "reserveQuotas:write"
  case replenishmentProposalsRead = "replenishmentProposals:read"
  case replenishmentProposalsWrite = "replenishmentProposals:write"
  case stocktakesRead = "stocktakes:read"
  case stocktakesWrite = "stocktakes:write"
  case stocktakesFreeze = "stocktakes:freeze"
  case stocktakesCount = "stocktakes:count"
  case stocktakesApprove = "stocktakes:approve"
  case stocktakesPost = "stocktakes:post"

  // Parts orders and shipments (SM-8).
  case partsOrdersRead = "partsOrders:read"
  case partsOrdersWrite = "partsOrders:write"
  case partsOrdersSign = "partsOrders:sign"
  case partsOrdersReturn = "partsOrders:return"
  case partsOrdersSubmit = "partsOrders:submit"
  case partsOrdersHold = "partsOrders:hold"
  case partsOrdersRelease = "partsOrders:release"
  case partsOrdersConfirm = "partsOrders:confirm"
  case partsOrdersShip = "partsOrders:ship"
  case partsOrdersReceive = "partsOrders:receive"
  case partsOrdersReportDiscrepancy = "partsOrders:reportDiscrepancy"
  case partsOrdersClose = "partsOrders:close"
  case partsOrdersCancel = "partsOrders:cancel"
  case partsOrdersReject = "partsOrders:reject"
  case shipmentsRead = "shipments:read"
  case shipmentsWrite = "shipments:write"
  case shipmentsDispatch = "shipments:dispatch"
  case shipmentsTrack = "shipments:track"
  case shipmentsDeliver = "shipments:deliver"

  // Parts claims, counter sales, returns to headquarters (SM-9, PCL).
  case partsClaimsRead = "partsClaims:read"
  case partsClaimsWrite = "partsClaims:write"
  case partsClaimsSubmit = "partsClaims:submit"
  case partsClaimsReview = "partsClaims:review"
  case partsClaimsApproveReplenishment = "partsClaims:approveReplenishment"
  case partsClaimsApproveCompensation = "partsClaims:approveCompensation"
  case partsClaimsReject = "partsClaims:reject"
  case partsClaimsSettle = "partsClaims:settle"
  case partsClaimsRecover = "partsClaims:recover"
  case partsClaimsClose = "partsClaims:close"
  case partsSalesRead = "partsSales:read"
  case partsSalesWrite = "partsSales:write"
  case partsReturnsRead = "partsReturns:read"
  case partsReturnsWrite = "partsReturns:write"
}

extension Permission {
  /// `workOrders` of `workOrders:authorise`.
  package var resource: Substring { rawValue.prefix { $0 != ":" } }

  /// `authorise` of `workOrders:authorise`.
  package var action: Substring { rawValue.drop { $0 != ":" }.dropFirst() }
}
