/// Settings of the edge. Every limit has the default of C-27 and C-28.
package struct EdgeConfiguration: Sendable {
  /// `https://service.example` for absolute URLs; `nil`: what the client's `Host` says.
  package var publicOrigin: String?
  package var trustedProxies: [IPRange] = []
  /// Exact origins that browsers may call from.
  package var allowedOrigins: Set<String> = []
  /// `max-age=…`; only where TLS is certain to end in front of us.
  package var strictTransportSecurity: String?
  /// Policies by the name that operations give; `default` must be there.
  package var quotas: [String: Quota] = ["default": Quota(requests: 600)]
  /// Searches of one client or user by what is personal.
  package var personalSearchQuota = Quota(requests: 60)
  /// Refused authentications and open operations of one address.
  package var addressQuota = Quota(requests: 300)
  /// `/oauth2/…` of one address.
  package var loginQuota = Quota(requests: 60)
  package var overload = OverloadGuard.Limits()
  /// Bytes of the request target.
  package var maximumTarget = 8192
  /// At least 32 bytes, the same for all instances: signs cursors.
  package var cursorSecret: [UInt8]

  package init(cursorSecret: [UInt8]) { self.cursorSecret = cursorSecret }
}
