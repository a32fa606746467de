// One mind: every combination of origin, rule, sender, size, content and door has one expected disposition, and no
// door contradicts another.  What is expected is written down here by hand, in three small tables; the test walks
// over their product.
#include "delivery/answer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>
#include <vector>

namespace mailcast::delivery {
namespace {

using mail::Origin;
using Action = mail::Disposition::Action;

// ---- who writes ------------------------------------------------------------------------------------

struct Sender {
    const char* name;
    const char* address; // "" is the null reverse-path
};

constexpr std::array senders{Sender{"null", ""},
                             Sender{"stranger", "bea@example.com"},
                             Sender{"friend", "friend@example.com"},
                             Sender{"own person", "any@h"},
                             Sender{"own place", "room@h"},
                             Sender{"listed address", "cy@example.net"},
                             Sender{"listed domain", "dee@example.org"},
                             Sender{"refused", "eve@example.com"},
                             Sender{"probe", "double-bounce@h"}};

// ---- to whom ---------------------------------------------------------------------------------------

// Whom a recipient takes mail from, by sender in the order above; first internal, then external.  '+' takes,
// 'h' holds, '-' refuses.  The probe is judged here as a sender, for DATA; at RCPT it is answered by existence.
struct Recipient {
    const char* local;
    const char* rule; // "" for none
    const char* internal;
    const char* external;
};

constexpr std::array recipients{
    Recipient{"any", "", "+++++++-+", "+++++++-+"},
    Recipient{"room", "", "+++++++-+", "+++++++-+"},
    Recipient{"any+topic", "", "+++++++-+", "+++++++-+"},
    Recipient{"known", "senders=known", "--++-----", "--+------"},
    Recipient{"internal", "senders=internal", "+++++++-+", "---------"},
    Recipient{"none", "senders=none", "---------", "---------"},
    Recipient{"list", "senders=cy@example.net,example.org", "-----++--", "-----++--"},
    Recipient{"small", "max_size=1000", "+++++++-+", "+++++++-+"},
    Recipient{"short", "max_lines=3", "+++++++-+", "+++++++-+"},
    Recipient{"bare", "attachments=reject", "+++++++-+", "+++++++-+"},
    Recipient{"plain", "html=reject", "+++++++-+", "+++++++-+"},
    Recipient{"team", "", "+++++++-+", "+++++++-+"},
    Recipient{"closed", "", "--++-----", "--+------"},
    Recipient{"far", "", "+++++++++", "+++++++++"},
    Recipient{"knock", "senders=known otherwise=hold", "hh++hhh-h", "hh+hhhh-h"},
    Recipient{"chosen", "senders=cy@example.net,example.org otherwise=hold", "hh+hh++-h",
              "hh+hh++-h"},
    Recipient{"shut", "senders=none otherwise=hold", "---------", "---------"},
    Recipient{
        "narrow",
        "senders=known otherwise=hold max_size=1000 max_lines=3 attachments=reject html=reject",
        "hh++hhh-h", "hh+hhhh-h"},
    Recipient{"knocks", "senders=known otherwise=hold", "--++-----", "--+------"},
    Recipient{"both", "", "+++++++-+", "+++++++-+"},
    Recipient{"full", "quota=0", "+++++++-+",
              "+++++++-+"}}; // what its log says is the store's answer

// ---- what is policy of the whole server -----------------------------------------------------------

// Who passes it, by sender; first internal, then external.  The other origin takes everybody.
struct Server {
    const char* name;
    Origin bound;
    OriginPolicy::Senders senders;
    const char* internal;
    const char* external;
};

using Who = OriginPolicy::Senders;
constexpr std::array servers{
    Server{"any", Origin::external, Who::any, "+++++++++", "+++++++++"},
    Server{"known", Origin::external, Who::known, "+++++++++", "--+------"},
    Server{"none", Origin::external, Who::none, "+++++++++", "---------"},
    Server{"known", Origin::internal, Who::known, "--++-----", "+++++++++"},
    Server{"none", Origin::internal, Who::none, "---------", "+++++++++"}};

// ---- how large, and what ---------------------------------------------------------------------------

struct Size {
    std::uint64_t octets;
    bool declared;
};

constexpr std::uint64_t server_limit = 20'000;
constexpr std::array sizes{Size{500, false},    Size{500, true},   Size{1000, true},
                           Size{1001, true},    Size{1001, false}, Size{server_limit, true},
                           Size{20'001, false}, Size{20'001, true}};

struct Content {
    const char* name;
    std::uint64_t lines;
    bool attachments;
    bool only_html;
};

constexpr std::array contents{Content{"plain", 3, false, false}, Content{"long", 4, false, false},
                              Content{"attachment", 1, true, false},
                              Content{"html", 1, false, true}, Content{"all", 9, true, true}};

class AnswerTest : public testing::Test {
  protected:
    static std::shared_ptr<const Directory> example() {
        Directory::Source source;
        source.hostname = "h";
        chat::EntityId id = 0;
        for (const Recipient& recipient : recipients) {
            const std::string name = recipient.local;
            if (name == "any+topic" || name == "team" || name == "closed" || name == "far" ||
                name == "both") {
                continue;
            }
            Entity entity{++id, chat::EntityKind::person, name, name, {}};
            if (name == "room" || name == "knocks") { // nothing is held for a place
                entity.kind = chat::EntityKind::place;
            }
            std::istringstream rules(recipient.rule);
            for (std::string rule; rules >> rule;) {
                const auto equals = rule.find('=');
                EXPECT_TRUE(
                    set_rule(entity.rules, rule.substr(0, equals), rule.substr(equals + 1)));
            }
            source.entities.push_back(std::move(entity));
        }
        source.aliases = {{"team@h", {"~none", "~any"}},  {"closed@h", {"~none", "~known"}},
                          {"both@h", {"~knock", "~any"}}, {"far@h", {"psyc://other/~x"}},
                          {"loop@h", {"loop@h"}},         {"stray@h", {"xmpp:x@elsewhere"}}};
        return Directory::make(std::move(source));
    }

    static Policy policy_of(const Server& server) {
        OriginPolicy limits;
        limits.message_size = server_limit;
        OriginPolicy bound = limits;
        bound.senders = server.senders;
        const bool is_external = server.bound == Origin::external;
        return {is_external ? limits : bound, is_external ? bound : limits,
                [](const Entity&, const mail::Mailbox& sender) { return sender.local == "friend"; },
                // Nobody elsewhere: whom she has refused only her own node knows.
                [](const Entity& entity, const mail::Mailbox& sender) {
                    return entity.id != 0 && sender.local == "eve";
                }};
    }

    std::shared_ptr<const Directory> directory = example();
};

// Everything all doors say of one mail to one recipient.
struct AllDoors {
    mail::Status rcpt;
    Existence socketmap = Existence::nobody;
    EdgeAction policy = EdgeAction::dunno;
    mail::Disposition data;
};

std::string told(const Server& server, Origin origin, const Sender& sender, const Recipient& to,
                 const Size& size, const Content& content, const AllDoors& doors) {
    return fmt::format(
        "server takes {} {} mail, {} mail of {} to {} ({}), {} octets{}, {}: RCPT {}, data {}",
        server.name, to_string(server.bound), to_string(origin), sender.name, to.local, to.rule,
        size.octets, size.declared ? " declared" : "", content.name, to_string(doors.rcpt),
        doors.data.rule);
}

// Asks every door about one mail to one recipient.
AllDoors ask(const Directory& directory, const Policy& policy, Origin origin, const Sender& sender,
             const Recipient& to, const Size& size, const Content& content, Answer& answer) {
    const mail::Recipient recipient{{to.local, "h"}, std::string(to.local) + "@h", ""};
    mail::Envelope envelope;
    if (*sender.address != '\0') {
        envelope.reverse_path = *mail::parse_mailbox(sender.address);
    }
    if (size.declared) {
        envelope.declared_size = size.octets;
    }
    AllDoors doors;
    answer = answer_for(directory, policy, origin, envelope, recipient);
    doors.rcpt = answer.disposition.status;
    doors.socketmap = existence(answer);
    doors.policy = edge_action(answer);
    envelope.recipients = {recipient};
    const std::array resolutions{answer.resolution};
    doors.data = policy
                     .plan(directory, origin, envelope, resolutions,
                           {size.octets, content.lines, content.attachments, content.only_html})
                     .slots[0]
                     .disposition;
    return doors;
}

TEST_F(AnswerTest, every_combination_has_one_disposition_and_no_door_contradicts_another) {
    std::size_t combinations = 0;
    for (const Server& server : servers) {
        const Policy policy = policy_of(server);
        for (const Origin origin : {Origin::internal, Origin::external}) {
            for (std::size_t s = 0; s < senders.size(); ++s) {
                for (const Recipient& to : recipients) {
                    const bool is_external = origin == Origin::external;
                    const char column = (is_external ? to.external : to.internal)[s];
                    const bool passes = (is_external ? server.external : server.internal)[s] == '+';
                    const bool takes = column != '-' && passes;
                    const bool holds = column == 'h' && passes;
                    const std::string_view local = to.local;
                    const bool probe = std::string_view(senders[s].name) == "probe";
                    for (const Size& size : sizes) {
                        for (const Content& content : contents) {
                            ++combinations;
                            Answer answer;
                            const AllDoors doors = ask(*directory, policy, origin, senders[s], to,
                                                       size, content, answer);

                            SCOPED_TRACE(
                                told(server, origin, senders[s], to, size, content, doors));
                            // What is held is not judged by its content, but for the limit of the server.
                            const bool narrow = local == "narrow" && !holds;
                            const bool small = local == "small" || narrow;
                            const bool over_server = size.octets > server_limit;
                            const bool over = over_server || (small && size.octets > 1000);
                            const bool unfit =
                                over || ((local == "short" || narrow) && content.lines > 3) ||
                                ((local == "bare" || narrow) && content.attachments) ||
                                ((local == "plain" || narrow) && content.only_html);

                            // What is expected of each door.
                            EXPECT_EQ(doors.socketmap, Existence::exists);
                            int rcpt = 250;
                            if (!probe && over_server && size.declared) {
                                rcpt = 552;
                            } else if (!probe && !takes) {
                                rcpt = 550;
                            } else if (!probe && small && over && size.declared) {
                                rcpt = 552;
                            }
                            EXPECT_EQ(doors.rcpt.code, rcpt);
                            EXPECT_EQ(doors.policy,
                                      rcpt == 250 ? EdgeAction::dunno : EdgeAction::reject);
                            Action expected = Action::reject;
                            if (takes && !unfit) {
                                expected = holds ? Action::hold : Action::deliver;
                            }
                            EXPECT_EQ(doors.data.action, expected);

                            // And that they agree, whatever was expected.
                            if (!probe && doors.rcpt.is_success()) {
                                EXPECT_TRUE(answer.disposition.action == Action::deliver ||
                                            answer.disposition.action == Action::hold);
                                EXPECT_EQ(answer.disposition.action == Action::hold, holds);
                            }
                            if (!doors.rcpt.is_success()) {
                                EXPECT_EQ(doors.data.action, Action::reject)
                                    << "what RCPT refuses would not have been delivered";
                            } else if (doors.data.action == Action::reject && !probe) {
                                EXPECT_TRUE(unfit)
                                    << "RCPT accepts what only the content can spoil";
                            }
                        }
                    }
                }
            }
        }
    }
    EXPECT_EQ(combinations, servers.size() * 2 * senders.size() * recipients.size() * sizes.size() *
                                contents.size());
}

// The door that has one reply for all: those who may share a transaction get the same from every mail that RCPT takes for
// both, so one reply is true for each.
TEST_F(AnswerTest, smtp_lets_only_those_share_a_transaction_whom_no_content_parts) {
    std::size_t shared = 0;
    for (const Server& server : servers) {
        const Policy policy = policy_of(server);
        for (const Origin origin : {Origin::internal, Origin::external}) {
            for (const Sender& sender : senders) {
                if (std::string_view(sender.name) == "probe") {
                    continue; // it never comes to a content
                }
                for (const Size& size : sizes) {
                    for (const Content& content : contents) {
                        std::vector<AllDoors> all;
                        std::vector<Answer> answers(recipients.size());
                        for (std::size_t i = 0; i < recipients.size(); ++i) {
                            all.push_back(ask(*directory, policy, origin, sender, recipients[i],
                                              size, content, answers[i]));
                        }
                        for (std::size_t a = 0; a < recipients.size(); ++a) {
                            for (std::size_t b = a + 1; b < recipients.size(); ++b) {
                                if (!all[a].rcpt.is_success() || !all[b].rcpt.is_success() ||
                                    !may_share(answers[a].resolution, answers[b].resolution)) {
                                    continue;
                                }
                                ++shared;
                                ASSERT_EQ(all[a].data.action, all[b].data.action)
                                    << recipients[a].local << " and "
                                    << told(server, origin, sender, recipients[b], size, content,
                                            all[b]);
                            }
                        }
                    }
                }
            }
        }
    }
    EXPECT_GT(shared, 1000U) << "some do share";
}

TEST_F(AnswerTest, who_is_not_there_is_the_business_of_the_map_alone) {
    const Policy policy = policy_of(servers[2]); // takes nothing from outside

    struct Row {
        const char* local;
        const char* domain;
        Existence map;
        const char* rcpt;
        EdgeAction edge;
    };

    for (const Row& row : {
             Row{"nobody", "h", Existence::nobody, "550 5.1.1", EdgeAction::dunno},
             Row{"nobody+any", "h", Existence::nobody, "550 5.1.1", EdgeAction::dunno},
             Row{"~room", "h", Existence::nobody, "550 5.1.1", EdgeAction::dunno},
             Row{"any", "elsewhere", Existence::nobody, "550 5.7.1", EdgeAction::dunno},
             Row{"loop", "h", Existence::unsure, "451 4.3.5", EdgeAction::dunno},
             Row{"stray", "h", Existence::exists, "451 4.4.1", EdgeAction::defer},
             Row{"A.N.Y", "h", Existence::exists, "550 5.7.1", EdgeAction::reject},
             Row{"any+x+y", "h", Existence::exists, "550 5.7.1", EdgeAction::reject},
         }) {
        mail::Envelope envelope;
        const mail::Recipient recipient{{row.local, row.domain}, row.local, ""};
        const Answer answer = answer_for(*directory, policy, Origin::external, envelope, recipient);
        EXPECT_EQ(existence(answer), row.map) << row.local;
        EXPECT_EQ(edge_action(answer), row.edge) << row.local;
        EXPECT_TRUE(to_string(answer.disposition.status).starts_with(row.rcpt))
            << to_string(answer.disposition.status);
        EXPECT_FALSE(answer.disposition.rule.empty());
    }
}

TEST_F(AnswerTest, no_rule_about_senders_stands_before_the_postmaster) {
    Directory::Source source;
    source.hostname = "h";
    source.postmaster = "admin";
    for (const char* rule : {"none", "internal", "known", "bea@elsewhere"}) {
        Entity admin;
        admin.id = 1;
        admin.name = "admin";
        ASSERT_TRUE(set_rule(admin.rules, "senders", rule));
        source.entities = {admin};
        const auto only_admin = Directory::make(source);
        for (const OriginPolicy::Senders server :
             {OriginPolicy::Senders::any, OriginPolicy::Senders::known,
              OriginPolicy::Senders::none}) {
            const Policy policy(
                {}, {.senders = server}, {},
                [](const Entity&, const mail::Mailbox& sender) { return sender.local == "eve"; });
            const auto code = [&](const char* from, const char* local, const char* domain) {
                mail::Envelope envelope;
                envelope.reverse_path = {from, *from == '\0' ? "" : "elsewhere"};
                const mail::Recipient to{{local, domain}, local, ""};
                const Answer answer =
                    answer_for(*only_admin, policy, Origin::external, envelope, to);
                envelope.recipients.push_back(to);
                const Plan plan = policy.plan(*only_admin, Origin::external, envelope,
                                              std::span(&answer.resolution, 1), {});
                EXPECT_EQ(answer.disposition.status.is_success(),
                          plan.slots[0].disposition.action == Action::deliver);
                return answer.disposition.status.code;
            };
            EXPECT_EQ(code("ann", "PostMaster", ""), 250) << rule;
            EXPECT_EQ(code("ann", "postmaster", "h"), 250) << rule;
            EXPECT_EQ(code("", "postmaster+topic", "h"), 250) << rule;
            EXPECT_EQ(code("ann", "admin", "h"), 550) << rule;
            EXPECT_EQ(code("eve", "postmaster", "h"), 550) << "whom she has refused by never";
        }
    }
}

TEST_F(AnswerTest, an_edge_refusal_begins_with_its_enhanced_code) {
    EXPECT_EQ(edge_text(mail::make_status(550, 7, 1, "<room@h> takes mail only from inside")),
              "5.7.1 <room@h> takes mail only from inside");
}

TEST_F(AnswerTest, a_probe_that_a_peer_says_comes_from_outside_is_no_probe) {
    mail::Envelope envelope;
    envelope.reverse_path = {"double-bounce", "elsewhere"};
    EXPECT_TRUE(is_probe(envelope));
    envelope.reverse_path.local = "Double-Bounce1abc";
    EXPECT_TRUE(is_probe(envelope));
    envelope.forwarded.source = Origin::internal;
    EXPECT_TRUE(is_probe(envelope));
    envelope.forwarded.source = Origin::external;
    EXPECT_FALSE(is_probe(envelope));
    envelope = {};
    EXPECT_FALSE(is_probe(envelope)) << "a bounce is mail";
}

} // namespace
} // namespace mailcast::delivery
