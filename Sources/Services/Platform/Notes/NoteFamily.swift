package import Domain
import Repositories

/// A kind of document without a transition table on which people write notes; those with one have them from `LifecycleService`.
/// A new kind is one line in `all`.
package struct NoteFamily: Sendable {
  package let resource: Resource
  package let read: Permission
  package let write: Permission
  let subjects: SubjectFamily

  package static let all: [NoteFamily] = [
    // A note on a person says who he is: it is for those who may know him (SEC-04).
    NoteFamily(.customer, read: .customersReadPersonal, write: .customersWrite, .customers),
    // Staff's own words on a vehicle, which a customer or seller who may look at it does not read.
    NoteFamily(.vehicle, read: .notesRead, write: .vehiclesWrite, .vehicles),
    // For who leads the station and for headquarters, not for everybody who may know where it is.
    NoteFamily(
      .station, read: .stationApplicationsRead, write: .stationApplicationsWrite, .of(StationRepository.self)),
    // What is written about a supplier is headquarters', as what was agreed with him is (SET-05).
    NoteFamily(.supplier, read: .supplierRecoveriesRead, write: .supplierRecoveriesWrite, .suppliers),
    NoteFamily(.user, read: .usersRead, write: .usersWrite, .users),
    NoteFamily(.part, read: .partsRead, write: .partsWrite, .of(PartRepository.self)),
    NoteFamily(.partsSale, read: .partsSalesRead, write: .partsSalesWrite, .of(PartsSaleRepository.self)),
    NoteFamily(.transferRequest, read: .partsOrdersRead, write: .partsOrdersAgree, .transferRequests),
    NoteFamily(.payableItem, read: .settlementsRead, write: .settlementsNote, .of(PayableItemRepository.self)),
  ]

  private init(_ resource: Resource, read: Permission, write: Permission, _ subjects: SubjectFamily) {
    self.resource = resource
    self.read = read
    self.write = write
    self.subjects = subjects
  }
}
