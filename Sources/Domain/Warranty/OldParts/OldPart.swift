package import FoundationEssentials

/// A part that was taken out of a vehicle under warranty, on its way from the workshop to headquarters and the supplier (旧件, SM-10,
/// OLD-01…09).
package struct OldPart: LifecycleDocument {
  package typealias ID = Identifier<OldPart>

  package enum State: String, Hashable, Sendable, CaseIterable {
    /// Kept at the station under its tag.
    case tagged
    /// Asked back; the clock `oldPartReturn` runs.
    case due
    /// Its time passed before it was shipped.
    case overdue
    case shipped, received, accepted
    /// Missing, wrong, tampered with or late: the claim follows (OLD-06).
    case mismatch
    case sentToSupplier, reused, scrapped, closed
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case tag, request, ship, receive, inspect, sendToSupplier, reuse, scrap
  }

  /// What the inspection found.
  package enum Verdict: String, Hashable, Sendable, CaseIterable {
    case asClaimed, missing, wrong, tampered
  }

  package enum Destination: String, Hashable, Sendable, CaseIterable {
    case headquarters, supplier
  }

  /// How a part leaves the stock of old parts without a supplier (OLD-07, OLD-08).
  package enum DisposalMethod: String, Hashable, Sendable, CaseIterable {
    case reuse, dismantling, recycling, hazardousWaste
  }

  /// The line of a warranty claim that a part belongs to.
  package struct ClaimLine: Hashable, Sendable {
    package let claimID: UUID
    package let number: String
    package let line: Int

    package init(claimID: UUID, number: String, line: Int) {
      self.claimID = claimID
      self.number = number
      self.line = line
    }
  }

  package static let resource = Resource.oldPart
  package static var lifecycle: Lifecycle<OldPart> { OldPartLifecycle.table }

  package let id: ID
  /// `OP-SY001-2026-000123`, printed on the tag.
  package let number: String
  package let stationID: Station.ID
  package internal(set) var state: State
  package var revision: Revision
  package var header: OldPartHeader
  package internal(set) var progress: OldPartProgress
  /// Read with the document, from the vehicle and the order; `nil` where the caller does not see them.
  package var shown: OldPartReferences

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package init(
    id: ID, number: String, stationID: Station.ID, state: State, version: Int, stamp: RecordStamp,
    header: OldPartHeader, progress: OldPartProgress, shown: OldPartReferences = OldPartReferences()
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.progress = progress
    self.shown = shown
  }
}

/// What the tag says (OLD-04).
package struct OldPartHeader: Hashable, Sendable {
  package var workOrderID: WorkOrder.ID?
  package var vehicleID: Vehicle.ID?
  /// `nil`: nobody has claimed it yet.
  package var claim: OldPart.ClaimLine?
  package var partNumber: String
  package var partDescription: String
  package var serialNumber: String?
  /// Pieces, 1 or more.
  package var quantity: Int
  package var faultCode: String?
  /// What is wrong with it.
  package var fault: String
  package var removedOn: CalendarDate?
  /// Who made it, where that is known.
  package var supplierID: Supplier.ID?
  package var externalIDs: [String: String]

  package init(
    workOrderID: WorkOrder.ID?, vehicleID: Vehicle.ID?, claim: OldPart.ClaimLine?, partNumber: String,
    partDescription: String, serialNumber: String?, quantity: Int, faultCode: String?, fault: String,
    removedOn: CalendarDate?, supplierID: Supplier.ID?, externalIDs: [String: String]
  ) {
    self.workOrderID = workOrderID
    self.vehicleID = vehicleID
    self.claim = claim
    self.partNumber = partNumber
    self.partDescription = partDescription
    self.serialNumber = serialNumber
    self.quantity = quantity
    self.faultCode = faultCode
    self.fault = fault
    self.removedOn = removedOn
    self.supplierID = supplierID
    self.externalIDs = externalIDs
  }
}

/// What other documents say of the part, as they say it now.
package struct OldPartReferences: Hashable, Sendable {
  package var vin: String?
  package var workOrderNumber: String?
  package var stationCode: String?
  package var stationName: String?
  /// When the clock `oldPartReturn` runs out or ran out.
  package var dueAt: Timestamp?

  package init(
    vin: String? = nil, workOrderNumber: String? = nil, stationCode: String? = nil, stationName: String? = nil,
    dueAt: Timestamp? = nil
  ) {
    self.vin = vin
    self.workOrderNumber = workOrderNumber
    self.stationCode = stationCode
    self.stationName = stationName
    self.dueAt = dueAt
  }
}

/// Who did a step, and when.
package struct OldPartSignature: Hashable, Sendable {
  package let by: String
  package let byID: UUID?
  package let at: Timestamp

  package init(by: String, byID: UUID?, at: Timestamp) {
    self.by = by
    self.byID = byID
    self.at = at
  }

  package init(_ caller: Caller, at instant: Timestamp) {
    self.init(by: caller.name, byID: caller.subject.id, at: instant)
  }
}

/// What the actions have established so far.
package struct OldPartProgress: Hashable, Sendable {
  package var tag: OldPartTag?
  package var request: OldPartSignature?
  package var overdueAt: Timestamp?
  /// While the claim line waits for it: when that ends and the line is refused (OLD-06); `nil`: nothing ends by time.
  package var blockedUntil: Timestamp?
  package var shipment: OldPartShipment?
  package var receipt: OldPartReceipt?
  package var inspection: OldPartInspection?
  package var forwarding: OldPartForwarding?
  package var disposal: OldPartDisposal?
  /// The recovery from the supplier whose evidence it is (OLD-05).
  package var recoveryID: SupplierRecovery.ID?

  package init() {}

  /// Who got it, and sees it since.
  package var recipientID: Supplier.ID? { forwarding?.supplierID ?? shipment?.supplierID }
}

/// The tag as it was printed last.
package struct OldPartTag: Hashable, Sendable {
  package let storagePlace: String?
  /// How often it was printed: a lost one is printed again.
  package let prints: Int
  package let signature: OldPartSignature

  package init(storagePlace: String?, prints: Int, signature: OldPartSignature) {
    self.storagePlace = storagePlace
    self.prints = prints
    self.signature = signature
  }
}

/// From the station to headquarters, or straight to the supplier. Parts that go together share a packing list.
package struct OldPartShipment: Hashable, Sendable {
  package let destination: OldPart.Destination
  /// Exactly when the destination is a supplier.
  package let supplierID: Supplier.ID?
  package let packingList: String
  package let carrier: String
  package let trackingNumber: String?
  /// Why it comes late, in writing (P-16).
  package let lateStatement: String?
  package let signature: OldPartSignature

  package init(
    destination: OldPart.Destination, supplierID: Supplier.ID?, packingList: String, carrier: String,
    trackingNumber: String?, lateStatement: String?, signature: OldPartSignature
  ) {
    self.destination = destination
    self.supplierID = supplierID
    self.packingList = packingList
    self.carrier = carrier
    self.trackingNumber = trackingNumber
    self.lateStatement = lateStatement
    self.signature = signature
  }
}

package struct OldPartReceipt: Hashable, Sendable {
  /// Pieces that were counted; 0: none came.
  package let quantity: Int
  package let condition: String?
  package let storagePlace: String?
  package let signature: OldPartSignature

  package init(quantity: Int, condition: String?, storagePlace: String?, signature: OldPartSignature) {
    self.quantity = quantity
    self.condition = condition
    self.storagePlace = storagePlace
    self.signature = signature
  }
}

package struct OldPartInspection: Hashable, Sendable {
  package let verdict: OldPart.Verdict
  package let finding: String
  /// Whether management let the statement of a late return count (P-16); `nil`: it was in time.
  package let lateExcused: Bool?
  /// What was wrong, as the policy names it; `nil`: nothing that counts.
  package let fault: OldPartsPolicy.Fault?
  /// What follows for the claim (OLD-06).
  package let consequence: OldPartsPolicy.Consequence?
  package let policyVersion: String
  package let signature: OldPartSignature

  package init(
    verdict: OldPart.Verdict, finding: String, lateExcused: Bool?, fault: OldPartsPolicy.Fault?,
    consequence: OldPartsPolicy.Consequence?, policyVersion: String, signature: OldPartSignature
  ) {
    self.verdict = verdict
    self.finding = finding
    self.lateExcused = lateExcused
    self.fault = fault
    self.consequence = consequence
    self.policyVersion = policyVersion
    self.signature = signature
  }
}

/// From headquarters to the supplier, as evidence (OLD-05).
package struct OldPartForwarding: Hashable, Sendable {
  package let supplierID: Supplier.ID
  package let deliveryNote: String
  package let carrier: String?
  package let trackingNumber: String?
  package let signature: OldPartSignature

  package init(
    supplierID: Supplier.ID, deliveryNote: String, carrier: String?, trackingNumber: String?,
    signature: OldPartSignature
  ) {
    self.supplierID = supplierID
    self.deliveryNote = deliveryNote
    self.carrier = carrier
    self.trackingNumber = trackingNumber
    self.signature = signature
  }
}

/// Taken apart, what is good used again by note (回用单), the rest disposed of by kind (OLD-07, OLD-08).
package struct OldPartDisposal: Hashable, Sendable {
  package let method: OldPart.DisposalMethod
  /// The reuse note, the dismantling order or the receipt of the disposal company.
  package let note: String
  package let opinion: String
  package let reused: [String]
  package let signature: OldPartSignature

  package init(
    method: OldPart.DisposalMethod, note: String, opinion: String, reused: [String], signature: OldPartSignature
  ) {
    self.method = method
    self.note = note
    self.opinion = opinion
    self.reused = reused
    self.signature = signature
  }
}
