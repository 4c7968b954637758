/*
 * The model's clock. Loaded into every dynamically linked program in the sandbox (/etc/ld.so.preload): waits last as long as
 * they are asked to for as long as somebody works; when all who run only wait, the supervisor moves the clock to the moment
 * that comes first, and that wait ends. So a bomb set for an hour goes off within the scan, the clock shows that an hour has
 * passed, and programs that wait for each other still do.
 *
 * The clock is a page that all share (sandbox/clock.py makes it and moves it): how far it is ahead of the kernel's, and
 * who waits until when. It is the model's to write: a model that tampers with it changes its own time and nothing else.
 * A program that makes its system calls without the C library goes by the kernel's clock; strace answers its sleeps.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define PAGE_PATH "/run/dynscan/clock"
#define SLOTS 255
#define SECOND 1000000000LL
#define MILLISECOND 1000000LL
/* Waits up to here are not worth skipping, unless they are many. */
#define SHORT (20 * MILLISECOND)
#define MANY 500
/* Somebody who waits looks at the clock this often, at first and at most. */
#define FIRST_SLICE (MILLISECOND / 4)
#define LAST_SLICE (16 * MILLISECOND)
/* A condition that is waited for is given back this often, as if by a spurious wake-up. */
#define CONDITION_SLICE (50 * MILLISECOND)

/* As in sandbox/clock.py: 64 bytes each, little endian. */
enum kind { WAIT = 1, SIGNAL = 2, TIMERFD = 3, REST = 4 };
struct slot {
	_Atomic int32_t owner; /* thread; 0: free */
	int32_t process;
	int32_t kind;
	int32_t subject; /* SIGNAL: its number. TIMERFD: the descriptor */
	_Atomic int64_t until; /* nanoseconds on the moved monotonic clock; 0: not set yet */
	int64_t interval; /* nanoseconds, of what repeats */
	int64_t ahead; /* of the page, when it was armed */
	int64_t key; /* what armed it */
	int64_t unused[2];
};
struct page {
	_Atomic int64_t ahead; /* nanoseconds */
	int64_t unused[7];
	struct slot slots[SLOTS];
};

static struct page *shared;
static struct page still; /* for programs that have no clock of their own: never ahead */

#define REAL(name) real_##name
#define DECLARE(type, name, ...) static type (*REAL(name))(__VA_ARGS__)
DECLARE(int, clock_gettime, clockid_t, struct timespec *);
DECLARE(int, pselect, int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *);
DECLARE(int, ppoll, struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
DECLARE(int, epoll_pwait, int, struct epoll_event *, int, int, const sigset_t *);
DECLARE(int, sem_clockwait, sem_t *, clockid_t, const struct timespec *);
DECLARE(int, pthread_cond_timedwait, pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
DECLARE(int, pthread_cond_clockwait, pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
DECLARE(int, sigtimedwait, const sigset_t *, siginfo_t *, const struct timespec *);
DECLARE(unsigned, alarm, unsigned);
DECLARE(int, setitimer, __itimer_which_t, const struct itimerval *, struct itimerval *);
DECLARE(int, timer_create, clockid_t, struct sigevent *, timer_t *);
DECLARE(int, timer_settime, timer_t, int, const struct itimerspec *, struct itimerspec *);
DECLARE(int, timer_delete, timer_t);
DECLARE(int, timerfd_settime, int, int, const struct itimerspec *, struct itimerspec *);
DECLARE(long, syscall, long, ...);

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* The first call may come from another library's constructor. */
static void start(void)
{
	if (shared)
		return;
	REAL(clock_gettime) = next("clock_gettime");
	REAL(pselect) = next("pselect");
	REAL(ppoll) = next("ppoll");
	REAL(epoll_pwait) = next("epoll_pwait");
	REAL(sem_clockwait) = next("sem_clockwait");
	REAL(pthread_cond_timedwait) = next("pthread_cond_timedwait");
	REAL(pthread_cond_clockwait) = next("pthread_cond_clockwait");
	REAL(sigtimedwait) = next("sigtimedwait");
	REAL(alarm) = next("alarm");
	REAL(setitimer) = next("setitimer");
	REAL(timer_create) = next("timer_create");
	REAL(timer_settime) = next("timer_settime");
	REAL(timer_delete) = next("timer_delete");
	REAL(timerfd_settime) = next("timerfd_settime");
	REAL(syscall) = next("syscall");
	struct page *found = &still;
	/* The tracer and the supervisor are root, and live by the real clock. */
	if (geteuid() != 0) {
		int saved = errno;
		int fd = open(PAGE_PATH, O_RDWR | O_CLOEXEC);
		if (fd >= 0) {
			void *mapped = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			if (mapped != MAP_FAILED)
				found = mapped;
			close(fd);
		}
		errno = saved;
	}
	shared = found;
}

__attribute__((constructor)) static void load(void)
{
	start();
}

/* --- Moments --- */

static int64_t nanoseconds(const struct timespec *time)
{
	/* Whoever waits until the end of time waits a hundred years. */
	if (time->tv_sec > 3155760000LL)
		return 3155760000LL * SECOND;
	return (int64_t)time->tv_sec * SECOND + time->tv_nsec;
}

static struct timespec timespec_of(int64_t duration)
{
	if (duration < 0)
		duration = 0;
	return (struct timespec){ .tv_sec = duration / SECOND, .tv_nsec = duration % SECOND };
}

static int64_t real_now(clockid_t clock)
{
	struct timespec now;
	REAL(clock_gettime)(clock, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

static bool moves(clockid_t clock)
{
	/* All but the clocks of processor time, and those of devices, which are negative. */
	return clock >= 0 && clock != CLOCK_PROCESS_CPUTIME_ID && clock != CLOCK_THREAD_CPUTIME_ID;
}

static int64_t ahead(void)
{
	return atomic_load_explicit(&shared->ahead, memory_order_relaxed);
}

static int64_t now_on(clockid_t clock)
{
	return real_now(clock) + (moves(clock) ? ahead() : 0);
}

static bool valid(const struct timespec *time)
{
	return time && time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < SECOND;
}

/* --- What the tracer is told --- */

/* A sleep that strace answers at once: it stands in the trace, with its length, where the waiting ended. */
static void tell(int64_t duration)
{
	int saved = errno;
	struct timespec length = timespec_of(duration);
	REAL(syscall)(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &length, NULL);
	errno = saved;
}

/* --- Who waits until when --- */

static struct slot *take(enum kind kind, int32_t subject, int64_t key, int64_t until, int64_t interval)
{
	if (shared == &still)
		return NULL;
	int32_t self = gettid();
	for (int i = 0; i < SLOTS; i++) {
		int32_t nobody = 0;
		struct slot *slot = &shared->slots[(self + i) % SLOTS];
		if (!atomic_compare_exchange_strong(&slot->owner, &nobody, self))
			continue;
		slot->process = getpid();
		slot->kind = kind;
		slot->subject = subject;
		slot->key = key;
		slot->interval = interval;
		slot->ahead = ahead();
		atomic_store(&slot->until, until);
		return slot;
	}
	return NULL;
}

static void give_back(struct slot *slot)
{
	if (!slot)
		return;
	atomic_store(&slot->until, 0);
	atomic_store(&slot->owner, 0);
}

/* Arms, arms anew or, with 0, disarms what sends a signal or makes a descriptor readable. */
static void arm(enum kind kind, int32_t subject, int64_t key, int64_t in, int64_t interval)
{
	if (shared == &still)
		return;
	int32_t process = getpid();
	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &shared->slots[i];
		if (atomic_load(&slot->owner) && slot->process == process && slot->kind == (int32_t)kind && slot->key == key)
			give_back(slot);
	}
	if (in > SHORT)
		take(kind, subject, key, now_on(CLOCK_MONOTONIC) + in, interval);
}

/* One wait: when it ends on the moved clock, and what of it has passed. */
struct waiting {
	struct slot *slot;
	int64_t until;
	int64_t began, ahead;
	int64_t slice;
};

/* Short waits of this thread that timed out, one after the other. */
static __thread unsigned naps;

static struct waiting begin(int64_t duration)
{
	int64_t now = now_on(CLOCK_MONOTONIC);
	struct waiting waiting = { .until = now + duration, .began = now, .ahead = ahead(), .slice = FIRST_SLICE };
	if (duration > SHORT || (duration > 0 && naps >= MANY))
		waiting.slot = take(WAIT, 0, 0, waiting.until, 0);
	return waiting;
}

static int64_t left(const struct waiting *waiting)
{
	int64_t left = waiting->until - now_on(CLOCK_MONOTONIC);
	return left > 0 ? left : 0;
}

/* How long to wait in fact before the next look at the clock. */
static struct timespec slice(struct waiting *waiting)
{
	int64_t length = left(waiting);
	if (waiting->slot && length > waiting->slice)
		length = waiting->slice;
	if (waiting->slice < LAST_SLICE)
		waiting->slice *= 2;
	return timespec_of(length);
}

static void end(struct waiting *waiting)
{
	int64_t skipped = ahead() - waiting->ahead;
	int64_t asked = waiting->until - waiting->began;
	give_back(waiting->slot);
	if (asked > SHORT)
		naps = 0;
	else if (left(waiting) == 0 && asked > 0 && naps < MANY)
		naps++;
	/* Nothing was skipped for one that did not time out. The clock can have moved further than this one asked for. */
	if (waiting->slot && left(waiting) == 0 && skipped > 0)
		tell(skipped > asked ? skipped : asked);
}

/* --- Clocks --- */

/* Reads of the clock in a row, and how often so many came so fast that nothing else can have been done between them. */
#define READS 16384
#define SPINNING (100 * MILLISECOND)
#define PATIENCE 8
static __thread unsigned reads, spins;
static __thread int64_t reads_began;

/* Who asks for the time and does nothing else waits for it to pass. */
static void count_read(void)
{
	if (++reads < READS || shared == &still)
		return;
	reads = 0;
	int64_t now = real_now(CLOCK_MONOTONIC);
	bool fast = now - reads_began < SPINNING;
	reads_began = now;
	spins = fast ? spins + 1 : 0;
	if (spins < PATIENCE)
		return;
	int64_t step = SECOND << (spins - PATIENCE < 6 ? spins - PATIENCE : 6);
	atomic_fetch_add(&shared->ahead, step);
	tell(step);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	start();
	int result = REAL(clock_gettime)(clock, now);
	if (result == 0 && moves(clock)) {
		count_read();
		*now = timespec_of((int64_t)now->tv_sec * SECOND + now->tv_nsec + ahead());
	}
	return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	(void)zone;
	struct timespec precise;
	clock_gettime(CLOCK_REALTIME, &precise);
	*now = (struct timeval){ .tv_sec = precise.tv_sec, .tv_usec = precise.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *now)
{
	struct timespec precise;
	clock_gettime(CLOCK_REALTIME, &precise);
	if (now)
		*now = precise.tv_sec;
	return precise.tv_sec;
}

int timespec_get(struct timespec *now, int base)
{
	if (base != TIME_UTC)
		return 0;
	clock_gettime(CLOCK_REALTIME, now);
	return base;
}

/* --- Sleeps --- */

/* 0, or EINTR with what is left. */
static int sleep_for(int64_t duration, struct timespec *rest)
{
	struct waiting waiting = begin(duration);
	int saved = errno, result = 0;
	while (left(&waiting) > 0) {
		struct timespec length = slice(&waiting);
		if (REAL(ppoll)(NULL, 0, &length, NULL) < 0) {
			result = EINTR;
			break;
		}
	}
	errno = saved;
	if (rest)
		*rest = timespec_of(left(&waiting));
	end(&waiting);
	return result;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *request, struct timespec *rest)
{
	start();
	if (!valid(request) || clock == CLOCK_THREAD_CPUTIME_ID)
		return EINVAL;
	if (flags & TIMER_ABSTIME)
		return sleep_for(nanoseconds(request) - now_on(clock), NULL);
	return sleep_for(nanoseconds(request), rest);
}

int nanosleep(const struct timespec *request, struct timespec *rest)
{
	int error = clock_nanosleep(CLOCK_MONOTONIC, 0, request, rest);
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

int usleep(useconds_t microseconds)
{
	struct timespec request = timespec_of(microseconds * 1000LL);
	return nanosleep(&request, NULL);
}

unsigned sleep(unsigned seconds)
{
	struct timespec request = { .tv_sec = seconds }, rest = { 0 };
	return nanosleep(&request, &rest) == 0 ? 0 : (unsigned)rest.tv_sec + (rest.tv_nsec > 0);
}

/* --- Waits for descriptors --- */

int pselect(int count, fd_set *restrict read, fd_set *restrict write, fd_set *restrict except,
	    const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
	start();
	if (!valid(timeout) || count < 0 || count > FD_SETSIZE)
		return REAL(pselect)(count, read, write, except, timeout, mask);
	size_t size = (count + 63) / 64 * 8;
	fd_set asked[3], *given[3] = { read, write, except };
	for (int i = 0; i < 3; i++)
		if (given[i])
			memcpy(&asked[i], given[i], size);
	struct waiting waiting = begin(nanoseconds(timeout));
	int result;
	do {
		struct timespec length = slice(&waiting);
		for (int i = 0; i < 3; i++)
			if (given[i])
				memcpy(given[i], &asked[i], size);
		result = REAL(pselect)(count, read, write, except, &length, mask);
	} while (result == 0 && left(&waiting) > 0);
	end(&waiting);
	return result;
}

int select(int count, fd_set *restrict read, fd_set *restrict write, fd_set *restrict except, struct timeval *restrict timeout)
{
	if (!timeout)
		return pselect(count, read, write, except, NULL, NULL);
	if (timeout->tv_sec < 0 || timeout->tv_usec < 0) {
		errno = EINVAL;
		return -1;
	}
	int64_t asked = (timeout->tv_sec > 3155760000LL ? 3155760000LL : timeout->tv_sec) * SECOND + timeout->tv_usec * 1000LL;
	struct timespec precise = timespec_of(asked);
	start();
	int64_t began = now_on(CLOCK_MONOTONIC);
	int result = pselect(count, read, write, except, &precise, NULL);
	/* Linux says what is left. */
	struct timespec rest = timespec_of(result == 0 ? 0 : asked - (now_on(CLOCK_MONOTONIC) - began));
	*timeout = (struct timeval){ .tv_sec = rest.tv_sec, .tv_usec = rest.tv_nsec / 1000 };
	return result;
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	start();
	if (!valid(timeout))
		return REAL(ppoll)(fds, count, timeout, mask);
	struct waiting waiting = begin(nanoseconds(timeout));
	int result;
	do {
		struct timespec length = slice(&waiting);
		result = REAL(ppoll)(fds, count, &length, mask);
	} while (result == 0 && left(&waiting) > 0);
	end(&waiting);
	return result;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec precise = timespec_of(timeout * MILLISECOND);
	return ppoll(fds, count, timeout < 0 ? NULL : &precise, NULL);
}

/* What programs built with _FORTIFY_SOURCE call; the sizes are theirs to get right. */
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size)
{
	(void)size;
	return poll(fds, count, timeout);
}

int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask, size_t size)
{
	(void)size;
	return ppoll(fds, count, timeout, mask);
}

int epoll_pwait2(int fd, struct epoll_event *events, int count, const struct timespec *timeout, const sigset_t *mask)
{
	start();
	if (!valid(timeout))
		return REAL(epoll_pwait)(fd, events, count, -1, mask);
	struct waiting waiting = begin(nanoseconds(timeout));
	int result;
	do {
		struct timespec length = slice(&waiting);
		/* Rounded up: a wait of less than a millisecond is not to become none. */
		int milliseconds = (nanoseconds(&length) + MILLISECOND - 1) / MILLISECOND;
		result = REAL(epoll_pwait)(fd, events, count, milliseconds, mask);
	} while (result == 0 && left(&waiting) > 0);
	end(&waiting);
	return result;
}

int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
	struct timespec precise = timespec_of(timeout * MILLISECOND);
	return epoll_pwait2(fd, events, count, timeout < 0 ? NULL : &precise, mask);
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
	return epoll_pwait(fd, events, count, timeout, NULL);
}

/* --- Waits for other threads and for signals --- */

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict until)
{
	start();
	if (!valid(until) || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
		return REAL(sem_clockwait)(semaphore, clock, until);
	struct waiting waiting = begin(nanoseconds(until) - now_on(clock));
	int result;
	do {
		struct timespec length = slice(&waiting);
		struct timespec moment = timespec_of(real_now(CLOCK_MONOTONIC) + nanoseconds(&length));
		result = REAL(sem_clockwait)(semaphore, CLOCK_MONOTONIC, &moment);
	} while (result < 0 && errno == ETIMEDOUT && left(&waiting) > 0);
	int error = errno;
	end(&waiting);
	errno = error;
	return result;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until)
{
	return sem_clockwait(semaphore, CLOCK_REALTIME, until);
}

/*
 * A condition has no memory: waiting for it in slices could miss the signal that comes between two. So a slice that ends
 * is a spurious wake-up, which every caller has to expect; it calls again with the same moment.
 */
static int wait_condition(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock, bool explicit,
			  const struct timespec *until)
{
	int64_t duration = nanoseconds(until) - now_on(clock);
	/* Python's lock on its interpreter asks for 5 ms all the time. */
	bool skippable = duration > SHORT;
	struct waiting waiting;
	if (skippable)
		waiting = begin(duration);
	int64_t length = skippable && waiting.slot && duration > CONDITION_SLICE ? CONDITION_SLICE : duration;
	struct timespec moment = timespec_of(real_now(clock) + length);
	int result = explicit ? REAL(pthread_cond_clockwait)(condition, mutex, clock, &moment)
			      : REAL(pthread_cond_timedwait)(condition, mutex, &moment);
	if (skippable) {
		if (result == ETIMEDOUT && left(&waiting) > 0)
			result = 0;
		end(&waiting);
	}
	return result;
}

int pthread_cond_clockwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, clockid_t clock,
			   const struct timespec *restrict until)
{
	start();
	if (!valid(until) || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
		return REAL(pthread_cond_clockwait)(condition, mutex, clock, until);
	return wait_condition(condition, mutex, clock, true, until);
}

/* Bit 1 of glibc's __wrefs: the clock that pthread_condattr_setclock chose (nptl/pthread_cond_common.c). */
static clockid_t clock_of(const pthread_cond_t *condition)
{
	return condition->__data.__wrefs & 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
			   const struct timespec *restrict until)
{
	start();
	if (!valid(until))
		return REAL(pthread_cond_timedwait)(condition, mutex, until);
	return wait_condition(condition, mutex, clock_of(condition), false, until);
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict timeout)
{
	start();
	if (!valid(timeout))
		return REAL(sigtimedwait)(set, info, timeout);
	struct waiting waiting = begin(nanoseconds(timeout));
	int result;
	do {
		struct timespec length = slice(&waiting);
		result = REAL(sigtimedwait)(set, info, &length);
	} while (result < 0 && errno == EAGAIN && left(&waiting) > 0);
	int error = errno;
	end(&waiting);
	errno = error;
	return result;
}

/* --- Timers: the kernel's are armed as asked; the supervisor rings those that a moved clock has passed --- */

unsigned alarm(unsigned seconds)
{
	start();
	arm(SIGNAL, SIGALRM, SIGALRM, seconds * SECOND, 0);
	return REAL(alarm)(seconds);
}

int setitimer(__itimer_which_t which, const struct itimerval *restrict value, struct itimerval *restrict old)
{
	start();
	int result = REAL(setitimer)(which, value, old);
	if (result == 0 && which == ITIMER_REAL && value)
		arm(SIGNAL, SIGALRM, SIGALRM, value->it_value.tv_sec * SECOND + value->it_value.tv_usec * 1000LL,
		    value->it_interval.tv_sec * SECOND + value->it_interval.tv_usec * 1000LL);
	return result;
}

/* The signals of a process's timers. The kernel numbers timers from 0. */
#define TIMERS 64
static struct {
	timer_t timer;
	int signal;
	clockid_t clock;
} timers[TIMERS];

int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict timer)
{
	start();
	int result = REAL(timer_create)(clock, event, timer);
	if (result == 0 && moves(clock) && (!event || event->sigev_notify == SIGEV_SIGNAL)) {
		for (int i = 0; i < TIMERS; i++) {
			if (timers[i].signal)
				continue;
			timers[i].timer = *timer;
			timers[i].signal = event ? event->sigev_signo : SIGALRM;
			timers[i].clock = clock;
			break;
		}
	}
	return result;
}

int timer_delete(timer_t timer)
{
	start();
	for (int i = 0; i < TIMERS; i++) {
		if (timers[i].signal && timers[i].timer == timer) {
			arm(SIGNAL, timers[i].signal, 1000 + i, 0, 0);
			timers[i].signal = 0;
		}
	}
	return REAL(timer_delete)(timer);
}

/* What an absolute moment of the moved clock is on the kernel's. */
static struct itimerspec for_kernel(clockid_t clock, int flags, const struct itimerspec *value, int64_t *in)
{
	struct itimerspec kernel = *value;
	int64_t moment = nanoseconds(&value->it_value);
	*in = moment;
	if ((flags & TIMER_ABSTIME) && moment > 0) {
		*in = moment - now_on(clock);
		kernel.it_value = timespec_of(*in > 0 ? moment - (moves(clock) ? ahead() : 0) : 1);
		if (*in <= 0)
			*in = 0;
	}
	return kernel;
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *restrict value, struct itimerspec *restrict old)
{
	start();
	if (!value || !valid(&value->it_value))
		return REAL(timer_settime)(timer, flags, value, old);
	for (int i = 0; i < TIMERS; i++) {
		if (!timers[i].signal || timers[i].timer != timer)
			continue;
		int64_t in;
		struct itimerspec kernel = for_kernel(timers[i].clock, flags, value, &in);
		arm(SIGNAL, timers[i].signal, 1000 + i, in, nanoseconds(&value->it_interval));
		return REAL(timer_settime)(timer, flags, &kernel, old);
	}
	return REAL(timer_settime)(timer, flags, value, old);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	start();
	if (!value || !valid(&value->it_value))
		return REAL(timerfd_settime)(fd, flags, value, old);
	int64_t in;
	/* Which clock it is of does not show; wall time is what absolute moments are of when they are large. */
	clockid_t clock = nanoseconds(&value->it_value) > 1000000000LL * SECOND ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	struct itimerspec kernel = for_kernel(clock, flags & TFD_TIMER_ABSTIME ? TIMER_ABSTIME : 0, value, &in);
	int result = REAL(timerfd_settime)(fd, flags, &kernel, old);
	if (result == 0)
		arm(TIMERFD, fd, fd, in, nanoseconds(&value->it_interval));
	return result;
}

/* --- The end of all waits --- */

/*
 * Of sandbox/scene.c: waits until the supervisor has seen that nobody in the sandbox has anything left to wait for, or that there is no
 * end to it. Meanwhile the clock moves from one moment to the next, so that all that was set for later happens now.
 */
int dynscan_rest(void)
{
	start();
	struct slot *slot = take(REST, 0, 0, INT64_MAX, 0);
	if (!slot)
		return -1;
	int32_t self = gettid();
	struct timespec length = timespec_of(MILLISECOND);
	while (atomic_load(&slot->owner) == self)
		REAL(ppoll)(NULL, 0, &length, NULL);
	return 0;
}

/* --- The same by number --- */

/* What the synchronization of other runtimes than the C library's waits by: abseil's, and with it TensorFlow's. */
static long futex_wait(uint32_t *word, long operation, long value, const struct timespec *timeout, long mask)
{
	bool absolute = (operation & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET;
	clockid_t clock = absolute && (operation & FUTEX_CLOCK_REALTIME) ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	struct waiting waiting = begin(nanoseconds(timeout) - (absolute ? now_on(clock) : 0));
	struct timespec length = timespec_of(left(&waiting));
	if (waiting.slot && nanoseconds(&length) > CONDITION_SLICE)
		length = timespec_of(CONDITION_SLICE);
	if (absolute)
		length = timespec_of(real_now(clock) + nanoseconds(&length));
	long result = REAL(syscall)(SYS_futex, word, operation, value, &length, NULL, mask);
	bool over = left(&waiting) == 0;
	end(&waiting);
	/* Given back as by a spurious wake-up, which futex(2) allows. */
	return result == -1 && errno == ETIMEDOUT && !over ? 0 : result;
}

long syscall(long number, ...)
{
	start();
	va_list list;
	va_start(list, number);
	long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
	long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
	va_end(list);
	switch (number) {
	case SYS_clock_gettime:
		return clock_gettime((clockid_t)a, (void *)b);
	case SYS_gettimeofday:
		return gettimeofday((void *)a, NULL);
#ifdef SYS_time
	case SYS_time:
		return time((void *)a);
#endif
#ifdef SYS_poll
	case SYS_poll:
		return poll((void *)a, (nfds_t)b, (int)c);
#endif
#ifdef SYS_select
	case SYS_select:
		return select((int)a, (void *)b, (void *)c, (void *)d, (void *)e);
#endif
	case SYS_futex: {
		int command = (int)b & FUTEX_CMD_MASK;
		if ((command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET) && valid((void *)d))
			return futex_wait((void *)a, b, c, (void *)d, f);
		return REAL(syscall)(number, a, b, c, d, e, f);
	}
	case SYS_nanosleep:
		return nanosleep((void *)a, (void *)b);
	case SYS_clock_nanosleep: {
		int error = clock_nanosleep((clockid_t)a, (int)b, (void *)c, (void *)d);
		if (error == 0)
			return 0;
		errno = error;
		return -1;
	}
	default:
		return REAL(syscall)(number, a, b, c, d, e, f);
	}
}
