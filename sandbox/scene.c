/*
 * Two threads of one interpreter. The main thread is the scene: it runs what is of the model, one call after the other, with no frame
 * of the scan's below it but that of the program's first line. The director is a thread that decides which calls those are and says in
 * sealed records what came of them; none of the model's code ever runs in it.
 *
 * Python code on the scene has no way to the director: what the two hand each other lies in variables of this file, `call`, `say` and
 * `rest` refuse every other thread, and who asks the interpreter for all its frames, objects or calls is told of (see REACHING). What
 * writes to memory as machine code does can do all of it: see docs/decisions/0113-the-runner-is-watched-by-a-thread-of-its-own.md.
 *
 * An extension module of Python without Python's headers, which differ from image to image: all that it uses is of the stable ABI
 * (docs.python.org/3/c-api/stable.html) but the audit hook, whose type has been the same since PEP 578.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct _object PyObject;
typedef long Py_ssize_t;
typedef struct { const char *name; PyObject *(*function)(PyObject *, PyObject *); int flags; const char *doc; } PyMethodDef;
typedef struct {
	struct { Py_ssize_t references; void *type; PyObject *(*init)(void); Py_ssize_t index; PyObject *copy; } base;
	const char *name, *doc;
	Py_ssize_t size;
	PyMethodDef *methods;
	void *slots, *traverse, *clear, *free;
} PyModuleDef;
enum { METH_VARARGS = 1, METH_NOARGS = 4, METH_O = 8 };

PyObject *PyModule_Create2(PyModuleDef *, int);
int PyArg_ParseTuple(PyObject *, const char *, ...);
PyObject *Py_BuildValue(const char *, ...);
PyObject *PyObject_Call(PyObject *, PyObject *, PyObject *);
PyObject *PyObject_CallObject(PyObject *, PyObject *);
int PyBytes_AsStringAndSize(PyObject *, char **, Py_ssize_t *);
void PyErr_Fetch(PyObject **, PyObject **, PyObject **);
void PyErr_NormalizeException(PyObject **, PyObject **, PyObject **);
int PyException_SetTraceback(PyObject *, PyObject *);
void PyErr_SetString(PyObject *, const char *);
int PyErr_CheckSignals(void);
void PyErr_Clear(void);
void *PyEval_SaveThread(void);
void PyEval_RestoreThread(void *);
int Py_GetRecursionLimit(void);
void Py_SetRecursionLimit(int);
void Py_IncRef(PyObject *);
void Py_DecRef(PyObject *);
extern PyObject *PyExc_RuntimeError;
int PySys_AddAuditHook(int (*)(const char *, PyObject *, void *), void *);

/* sandbox/clock.c's, which is loaded into every program of a sandbox, but not when the image is built. */
int dynscan_rest(void) __attribute__((weak));

#define CHANNEL 3
/* Written before each record of the director's, as a system call that Python code has no function for: "dyns", and its number. */
#define SEAL 0x64796e73L

static pid_t owner;
static pthread_t director;
static bool has_begun, has_director, is_serving;
static PyObject *collect, *leave_uncollected; /* gc.enable and gc.disable */
/* The recursion limit of the scene, and the least that it is given. */
static int limit, least;

/* The call that the director asks for, and what came of it: who writes and who reads is settled by the semaphores and the interpreter's lock. */
static sem_t asked, answered;
static PyObject *function, *arguments, *named;
static PyObject *value, *error;
static bool is_over;

static char nonce[64];
static _Atomic long sealed;

static void put(PyObject **place, PyObject *object)
{
	PyObject *old = *place;
	*place = object;
	if (old)
		Py_DecRef(old);
}

static PyObject *none(void)
{
	return Py_BuildValue("");
}

static PyObject *refuse(const char *why)
{
	PyErr_SetString(PyExc_RuntimeError, why);
	return NULL;
}

static bool is_directing(void)
{
	return has_director && pthread_equal(pthread_self(), director) && getpid() == owner;
}

static void write_sealed(const char *text, size_t length)
{
	syscall(SYS_prctl, SEAL, ++sealed, 0L, 0L, 0L);
	/* A model can have closed the channel: the text stands in the trace nevertheless. */
	if (syscall(SYS_write, CHANNEL, text, length) < 0)
		return;
}

/* --- Who reaches for what the director has --- */

/* Events of the interpreter (docs.python.org/3/library/audit_events.html) by which code gets hold of frames, objects or calls of other threads. */
static const char *const REACHING[] = {
	"gc.get_objects", "gc.get_referrers", "sys._current_frames", "sys._current_exceptions",
	"sys.setprofile", "sys.settrace", "sys.addaudithook", "sys.monitoring.register_callback", "cpython.remote_debugger_script",
};
#define KINDS (sizeof(REACHING) / sizeof(*REACHING))
static atomic_flag told[KINDS];

static int watch(const char *event, PyObject *args, void *data)
{
	(void)args;
	(void)data;
	if (!has_director || is_directing() || getpid() != owner)
		return 0;
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(event, REACHING[i]) != 0 || atomic_flag_test_and_set(&told[i]))
			continue;
		char text[200];
		int length = snprintf(text, sizeof(text), "dynscan:%s {\"k\": \"reached\", \"what\": \"%s\"}\n", nonce, event);
		write_sealed(text, (size_t)length);
	}
	return 0;
}

/* --- The scene --- */

static void perform(void)
{
	/* What the last call gave is let go here and not by the director: letting go can run code of the model's. */
	put(&value, NULL);
	put(&error, NULL);
	value = PyObject_Call(function, arguments, named);
	if (value)
		return;
	PyObject *type, *trace;
	PyErr_Fetch(&type, &error, &trace);
	PyErr_NormalizeException(&type, &error, &trace);
	if (trace) {
		PyException_SetTraceback(error, trace);
		Py_DecRef(trace);
	}
	if (type)
		Py_DecRef(type);
}

static bool wait_for(sem_t *semaphore, bool for_signals)
{
	void *state = PyEval_SaveThread();
	int result;
	do
		result = sem_wait(semaphore);
	while (result < 0 && errno == EINTR && !for_signals);
	PyEval_RestoreThread(state);
	return result == 0;
}

static PyObject *serve(PyObject *self, PyObject *ignored)
{
	(void)self;
	(void)ignored;
	if (is_serving)
		return refuse("there is a scene");
	is_serving = true;
	while (has_director && getpid() == owner) {
		if (!wait_for(&asked, true)) {
			/* A handler of the model's, which runs here as it would while its user does nothing. */
			if (PyErr_CheckSignals() < 0)
				PyErr_Clear();
			continue;
		}
		if (is_over)
			break;
		perform();
		/* In a child that came back from the call, nobody waits for the answer: it has nothing more to do. */
		if (getpid() == owner)
			sem_post(&answered);
	}
	return none();
}

/* --- The director --- */

static PyObject *begin(PyObject *self, PyObject *args)
{
	(void)self;
	if (has_begun)
		return refuse("there is a director");
	const char *mark;
	PyObject *on, *off;
	if (!PyArg_ParseTuple(args, "sOO", &mark, &on, &off))
		return NULL;
	snprintf(nonce, sizeof(nonce), "%s", mark);
	Py_IncRef(on);
	Py_IncRef(off);
	collect = on;
	leave_uncollected = off;
	limit = least = Py_GetRecursionLimit();
	sem_init(&asked, 0, 0);
	sem_init(&answered, 0, 0);
	owner = getpid();
	director = pthread_self();
	/* Signals are for the scene to take: what they run is the model's. */
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	put(&value, PyObject_CallObject(leave_uncollected, NULL));
	has_begun = has_director = true;
	PySys_AddAuditHook(watch, NULL);
	return none();
}

/* call(function, arguments, named): (True, what it gave) or (False, what it raised). */
static PyObject *call(PyObject *self, PyObject *args)
{
	(void)self;
	if (!is_directing())
		return refuse("only the director may");
	PyObject *f, *a, *n = NULL;
	if (!PyArg_ParseTuple(args, "OO|O", &f, &a, &n))
		return NULL;
	Py_IncRef(f);
	Py_IncRef(a);
	if (n)
		Py_IncRef(n);
	function = f;
	arguments = a;
	named = n;
	/* Collecting garbage can run code of the model's, so it is done on the scene alone. */
	PyObject *done = PyObject_CallObject(collect, NULL);
	Py_SetRecursionLimit(limit);
	sem_post(&asked);
	wait_for(&answered, false);
	PyObject *undone = PyObject_CallObject(leave_uncollected, NULL);
	if (done)
		Py_DecRef(done);
	if (undone)
		Py_DecRef(undone);
	/* A limit that lets nothing be called would keep the model from being used. */
	limit = Py_GetRecursionLimit();
	limit = limit < least ? least : limit;
	Py_SetRecursionLimit(least);
	function = arguments = named = NULL;
	/* The caller of this function still has all three. */
	Py_DecRef(f);
	Py_DecRef(a);
	if (n)
		Py_DecRef(n);
	return Py_BuildValue("(iO)", value != NULL, value ? value : error);
}

static PyObject *say(PyObject *self, PyObject *text)
{
	(void)self;
	if (!is_directing())
		return refuse("only the director may");
	char *bytes;
	Py_ssize_t length;
	if (PyBytes_AsStringAndSize(text, &bytes, &length) < 0)
		return NULL;
	write_sealed(bytes, (size_t)length);
	return none();
}

/* Waits until nobody in the sandbox has anything left to wait for (sandbox/clock.py). */
static PyObject *rest(PyObject *self, PyObject *ignored)
{
	(void)self;
	(void)ignored;
	if (!is_directing())
		return refuse("only the director may");
	void *state = PyEval_SaveThread();
	if (dynscan_rest)
		dynscan_rest();
	PyEval_RestoreThread(state);
	return none();
}

static PyObject *finish(PyObject *self, PyObject *ignored)
{
	(void)self;
	(void)ignored;
	if (!is_directing())
		return refuse("only the director may");
	PyObject *done = PyObject_CallObject(collect, NULL);
	if (done)
		Py_DecRef(done);
	is_over = true;
	has_director = false;
	sem_post(&asked);
	return none();
}

static PyMethodDef methods[] = {
	{ "begin", begin, METH_VARARGS, NULL }, { "serve", serve, METH_NOARGS, NULL }, { "call", call, METH_VARARGS, NULL },
	{ "say", say, METH_O, NULL },           { "rest", rest, METH_NOARGS, NULL },   { "finish", finish, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};
static PyModuleDef module = { .base = { .references = 1 }, .name = "scene", .size = -1, .methods = methods };

PyObject *PyInit_scene(void);
PyObject *PyInit_scene(void)
{
	return PyModule_Create2(&module, 3);
}
