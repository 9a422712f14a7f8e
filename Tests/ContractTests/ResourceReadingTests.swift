import API
import Domain
import TestSupport
import Testing

/// Who may read a document hears of it, and nobody else (SEC-01).
@Suite("What lets a caller hear of a kind of document") struct ResourceReadingTests {
  @Test("is what lets him read it", arguments: Resource.allCases)
  func reading(_ resource: Resource) {
    let operations = ContractFixtures.operations().filter {
      $0.method == .get && $0.template == "/v1/\(resource.collection)/{id}"
    }
    for operation in operations { #expect(operation.permission == resource.reading) }
    // Those without a path of their own.
    let others: Set<Resource> = [.token, .policy, .campaignVehicle]
    #expect(operations.isEmpty == others.contains(resource))
  }
}
