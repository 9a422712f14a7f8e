/// A settlement of a station over a period (SM-7).
package struct Settlement: Hashable, Sendable {
  package typealias ID = Identifier<Settlement>
}
