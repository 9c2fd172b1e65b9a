// The accounts and rules that Berth starts with, as a docker_auth configuration that a person can edit. Pure.

export interface FirstAccount {
  readonly account: string;
  /** bcrypt */
  readonly passwordHash: string;
}

/** The configuration, with comments for whoever opens it. */
export function authFileText({ account, passwordHash }: FirstAccount): string {
  return `# Who may log in to this registry, and what they may do. Berth wrote this file at its first start; it is yours now.
# It has the form of a docker_auth configuration. A mistake is reported with its line, and nothing is served until it is
# mended. Restart Berth after a change.

server:
  # Where \`berth auth\` listens when it runs the token server alone with this file. \`berth serve\` doesn't look at it.
  addr: ":5001"

token:
  issuer: "berth"
  # Seconds that a token is valid. A client asks for a new one by itself.
  expiration: 900
  # Seconds that docker keeps a login by a token. With 0 it keeps the password, which is what a kubelet needs.
  refresh_expiration: 7776000
  # Tokens are signed with the key beside this file. To sign with your own:
  # certificate: "/path/to/cert.pem"
  # key: "/path/to/key.pem"

users:
  # A password stands here as its bcrypt hash. \`htpasswd -nB NAME\` asks for one and prints the line to take it from.
  ${JSON.stringify(account)}:
    password: ${JSON.stringify(passwordHash)}
  # "alice":
  #   password: "$2y$05$..."
  # Remove the # to let everybody in without a password; the rules below then say what "" may do.
  # "": {}

# The first rule that matches decides; what no rule matches is denied.
# Patterns are globs, in which * stops at a /, or regular expressions between slashes: "/.+/" is everyone with a name.
acl:
  - match: {account: ${JSON.stringify(account)}}
    actions: ["*"]
    comment: "The administrator may do everything."
  # As a regular expression, so that a/b/c is in the namespace of a, too. \${account} stands for the literal name.
  - match: {account: "/.+/", type: "repository", name: "/^\${account}/.+$/"}
    actions: ["*"]
    comment: "Everyone who logged in has the repositories below their own name."
  - match: {account: "/.+/", type: "repository"}
    actions: ["pull"]
    comment: "Everyone who logged in may pull the rest."
  # - match: {account: "", type: "repository", name: "public/*"}
  #   actions: ["pull"]
  #   comment: "Everybody may pull what is in public/."
`;
}
