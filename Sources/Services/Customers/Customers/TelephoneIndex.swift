import Crypto
package import Domain
import Repositories

/// Digests of telephone numbers, by which they are found: HMAC-SHA256 of the normalised number. Equal numbers have equal
/// digests however they were written; without the key a digest tells nothing, and numbers cannot be tried out against a copy
/// of the database.
package struct TelephoneIndex: Sendable {
  private let key: SymmetricKey
  /// Names the key in the rows that were made with it, so that another key is noticed.
  package let keyID: [UInt8]

  /// - Parameter secret: at least 32 bytes of its own, the same on every instance.
  package init(secret: [UInt8]) {
    key = SymmetricKey(data: secret)
    keyID = Array(HMAC<SHA256>.authenticationCode(for: Array("key id".utf8), using: key).prefix(4))
  }

  package func digest(_ number: String) -> [UInt8] {
    let text = "telephone " + TelephoneNumber.normalised(number)
    return Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key).prefix(16))
  }

  func entry(_ customer: Customer.ID, at station: Station.ID, _ numbers: [String]) -> CustomerTelephoneRepository.Entry
  {
    CustomerTelephoneRepository.Entry(
      customer: customer, station: station, digests: numbers.map(digest), keyID: keyID)
  }

  func entry(of customer: Customer) -> CustomerTelephoneRepository.Entry {
    entry(
      customer.id, at: customer.stationID, [customer.profile.phone] + (customer.profile.phone2.map { [$0] } ?? []))
  }
}

/// Brings rows into the index that are not in it under the present key: those from before there was an index, and all of
/// them after the key was changed. Until it has come to a row, the row is not found by its number.
package struct TelephoneIndexService: Sendable {
  package static let stepSize = 500

  private let leases: WorkerLeaseService
  private let index: TelephoneIndex

  package init(_ leases: WorkerLeaseService, index: TelephoneIndex) {
    self.leases = leases
    self.index = index
  }

  /// - Returns: whether there may be more to do.
  package func fill(under lease: WorkerLease) async throws -> Bool {
    try await leases.step(under: lease) { tx in
      let missing = try await tx.run(CustomerTelephoneRepository.missing(keyID: index.keyID, limit: Self.stepSize))
      for file in missing {
        tx.enqueue(CustomerTelephoneRepository.store(index.entry(file.customer, at: file.station, file.numbers)))
      }
      return missing.count == Self.stepSize
    }
  }
}
