/// What a clock measures (domain.md section 4).
package enum ClockKind: String, Hashable, Sendable, CaseIterable {
  case repairCallResponse, forwardToSupervisor, supervisorAnswer, onSiteArrival, faultCleared, customerFile
  case firstFollowUp, secondFollowUp, followUpEscalation, solutionToCustomer, promisedResolution, promisedDelivery
  case majorTeamOnSite, level1SupportAssigned, majorReport, generalQualityUpload, claimDecision, oldPartReturn
  case partsClaimWindow, repairDowntime
}
