#include "net/peer.h"

#include "base/memory.h"
#include "net/dial.h"
#include "net/peer_parts.h"
#include "net/tracing.h"

#include <string.h>

/* A connection on which nothing is to be said says so, to be known as alive:
 * after so long, or sooner where less silence than that is a sign of death. */
#define BEAT_NS (UINT64_C(1000) * 1000 * 1000)
#define BEATS_A_SILENCE 4

/* No silence is longer, however long it is to be: times are added to it. */
#define SILENCE_MAX (UINT64_C(1) << 60)

/* A loss that lasts longer is worth a word. */
#define LOSS_TOLD_NS (UINT64_C(300) * 1000 * 1000)

/* --- its life ------------------------------------------------------------ */

static uint64_t silence_of(const struct cut_worker *worker)
{
    return worker->config->silence < SILENCE_MAX ? worker->config->silence
                                                 : SILENCE_MAX;
}

void cut_peer_init(struct cut_peer *peer,
                   struct cut_worker *worker,
                   uint32_t process)
{
    const struct cut_worker_config *config = worker->config;
    uint64_t silence = silence_of(worker);
    struct cut_link_config link = {
        .timeout_min = silence,
        .timeout_max = 8 * silence,
        .window = CUT_LINK_WINDOW_MAX,
    };
    struct cut_credit_config credit = {
        .messages_max = config->capacity,
        .bytes_max = config->capacity_bytes,
    };

    *peer = (struct cut_peer){
        .worker = worker,
        .process = process,
        .outgoing = CUT_NO_CHANNEL,
        .incoming = CUT_NO_CHANNEL,
    };
    peer->queue_end = &peer->queue;
    cut_link_sender_init(&peer->sender, &link);
    cut_link_receiver_init(&peer->receiver, &link);
    cut_credit_sender_init(&peer->credit_out, &credit);
    cut_credit_receiver_init(&peer->credit_in, &credit);
}

void cut_peer_fini(struct cut_peer *peer)
{
    cut_conn_close(peer->conn);
    cut_dial_cancel(peer->dial);
    cut_peer_forget_queue(peer);
    cut_peer_release_packet(&peer->open);
    for (unsigned i = 0; i < CUT_LINK_WINDOW_MAX; i++)
        cut_peer_release_packet(&peer->kept[i]);
    if (peer->address != NULL)
        cut_release(cut_allocator_standard(),
                    peer->address,
                    strlen(peer->address) + 1,
                    1);
}

/* --- connections --------------------------------------------------------- */

static void resend(struct cut_peer *peer, struct cut_link_resend frames)
{
    for (uint32_t i = 0; i < frames.count; i++)
        cut_peer_queue_packet(peer, frames.first + i);
    if (peer->was_linked)
        peer->worker->figures.frames_resent += frames.count;
}

void cut_peer_connected(struct cut_peer *peer,
                        struct cut_conn *conn,
                        uint64_t next)
{
    struct cut_worker *worker = peer->worker;
    struct cut_link_resumption resumption;
    uint64_t first = peer->sender.oldest;

    cut_conn_adopt(conn, &cut_peer_callbacks, peer);
    peer->conn = conn;
    peer->queued_bytes = cut_conn_queued(conn);
    peer->credit_end = 0;
    peer->heard_ns = worker->clock_ns;
    peer->is_linked = true;
    if (cut_link_sender_reconnected(
            &peer->sender, next, worker->clock_ns, &resumption) != CUT_OK) {
        cut_worker_fail(worker,
                        2,
                        "%s has lost what it had received (expected frame "
                        "%llu, not %llu)",
                        cut_peer_name(peer),
                        (unsigned long long)first,
                        (unsigned long long)next);
        return;
    }
    cut_peer_forget_frames(peer, first, resumption.forgotten);
    resend(peer, resumption.resend);
    cut_credit_receiver_reconnected(&peer->credit_in);
    worker->figures.reconnects += peer->was_linked;
    if (peer->was_linked)
        cut_report_log(worker,
                       CUT_LOG_INFO,
                       "connected with %s again after %llu ms (%s); %u "
                       "frames were sent again",
                       cut_peer_name(peer),
                       (unsigned long long)((worker->clock_ns - peer->lost_ns) /
                                            CUT_MILLISECOND),
                       peer->loss,
                       resumption.resend.count);
    if (!peer->was_linked)
        cut_worker_linked(worker);
    peer->was_linked = true;
    cut_peer_drain(peer);
    cut_peer_mark_unflushed(peer);
}

/* One that is made again at once is nothing to be warned of, and nor is one
 * with a process that has ended: the run is about to. */
static void tell_loss(struct cut_peer *peer)
{
    peer->is_loss_told = true;
    cut_report_log(peer->worker,
                   CUT_LOG_WARN,
                   "the connection with %s broke (%s); trying again",
                   cut_peer_name(peer),
                   peer->loss);
}

static uint64_t beat_of(const struct cut_peer *peer)
{
    uint64_t part = silence_of(peer->worker) / BEATS_A_SILENCE;

    return part < BEAT_NS ? part : BEAT_NS;
}

void cut_peer_tick(struct cut_peer *peer, uint64_t now_ns)
{
    uint64_t silence = silence_of(peer->worker);
    char why[64];

    if (!peer->is_linked) {
        if (peer->was_linked && !peer->is_loss_told &&
            now_ns > peer->lost_ns + LOSS_TOLD_NS)
            tell_loss(peer);
        cut_dial_tick(peer, now_ns);
        return;
    }
    if (now_ns > peer->heard_ns + silence ||
        now_ns > cut_link_sender_deadline(&peer->sender)) {
        snprintf(why,
                 sizeof why,
                 "nothing came for %llu ms",
                 (unsigned long long)(silence / CUT_MILLISECOND));
        cut_peer_break(peer, why);
        return;
    }
    if (peer->unacknowledged > 0 || cut_peer_wants_credit(peer) ||
        now_ns > peer->said_ns + beat_of(peer)) {
        cut_peer_queue_credit(peer);
        cut_conn_flush(peer->conn);
    }
}
