// What the tests can ask of a JupyterLab page. `window.jupyterapp` is JupyterLab itself.
window.testing = {
  panel: null,

  /** Opens a notebook and waits until its kernel is ready; one that is busy says so only when it no longer is. */
  async open(path, idle) {
    const app = window.jupyterapp;
    await app.restored;
    if (!this.find(path)) await this.command("docmanager:open", { path });
    const panel = await this.until(() => this.find(path));
    await panel.context.ready;
    await panel.sessionContext.ready;
    if (idle) await panel.sessionContext.session.kernel.info;
    await panel.revealed;
    this.panel = panel;
    app.shell.collapseLeft();
    app.shell.collapseRight();
    app.shell.activateById(panel.id);
  },

  /** Reads a notebook anew from its file, if it is open. */
  async reread(path) {
    await this.find(path)?.context.revert();
  },

  /** Closes whatever is open beside the notebook, such as a second view of an output. */
  closeOthers() {
    for (const widget of [...window.jupyterapp.shell.widgets("main")]) {
      if (widget !== this.panel) widget.dispose();
    }
  },

  /** Closes whatever is open, without a question; the notebook itself if it is not to be kept. */
  async close(keep) {
    this.closeOthers();
    if (!keep) this.panel?.dispose();
    this.panel = null;
    this.recordings = {};
    if (document.body.dataset.jpThemeName !== "JupyterLab Light") await this.setTheme("JupyterLab Light");
  },

  /** Calls one of these functions; whoever waits for its promise does not wait for ever. */
  async bounded(name, given, limit) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${name} is not done after ${limit / 1000} s`)), limit);
    });
    try {
      return await Promise.race([this[name](...given), late]);
    } finally {
      clearTimeout(timer);
    }
  },

  find(path) {
    for (const widget of window.jupyterapp.shell.widgets("main")) {
      if (widget.context?.path === path) return widget;
    }
    return null;
  },

  /** What `look` returns, as soon as it returns something; asked again in every animation frame. */
  until(look) {
    return new Promise((resolve) => {
      const ask = () => {
        const found = look();
        if (found) resolve(found);
        else requestAnimationFrame(ask);
      };
      ask();
    });
  },

  get notebook() {
    return this.panel.content;
  },

  get kernel() {
    return this.panel.sessionContext.session.kernel;
  },

  select(index) {
    window.jupyterapp.shell.activateById(this.panel.id);
    this.notebook.deselectAll();
    this.notebook.activeCellIndex = index;
  },

  command(name, options = {}) {
    return window.jupyterapp.commands.execute(name, options).then(() => undefined);
  },

  run(index) {
    this.select(index);
    return this.command("notebook:run-cell");
  },

  /** The outputs of a cell, as a notebook file would hold them. */
  outputs(index) {
    return this.notebook.widgets[index].model.sharedModel.toJSON().outputs ?? [];
  },

  isRunning(index) {
    return this.notebook.widgets[index].model.executionState === "running" || this.promptOf(index) === "[*]:";
  },

  promptOf(index) {
    return this.notebook.widgets[index].inputArea.promptNode.textContent;
  },

  add(source) {
    const model = this.panel.context.model.sharedModel;
    model.addCell({ cell_type: "code", source });
    return model.cells.length - 1;
  },

  sources() {
    return this.panel.context.model.sharedModel.cells.map((cell) => cell.source);
  },

  /** Has the kernel evaluate an expression without a cell: nothing that watches cells takes notice. */
  async evaluate(expression) {
    const future = this.kernel.requestExecute({
      code: "",
      silent: true,
      store_history: false,
      user_expressions: { value: expression },
    });
    const { content } = await future.done;
    return content.user_expressions?.value ?? { status: "error", ename: content.status, evalue: "no answer" };
  },

  async execute(code) {
    const future = this.kernel.requestExecute({ code, silent: true, store_history: false });
    const { content } = await future.done;
    return content;
  },

  async idle() {
    const kernel = this.kernel;
    if (kernel.status === "idle") return;
    await new Promise((resolve) => {
      const look = (_, status) => {
        if (status !== "idle") return;
        kernel.statusChanged.disconnect(look);
        resolve();
      };
      kernel.statusChanged.connect(look);
    });
  },

  /** Notes in `statuses` what the kernel says of itself from now on. */
  watchKernel() {
    this.statuses = [];
    this.kernel.statusChanged.connect((_, status) => this.statuses.push(status));
  },

  /** How many messages to the kernel JupyterLab still expects answers to. */
  get unanswered() {
    return this.kernel._futures.size;
  },

  async restart() {
    await this.panel.sessionContext.restartKernel();
    await this.kernel.info;
  },

  async setTheme(theme) {
    await this.command("apputils:change-theme", { theme });
    await this.until(() => document.body.dataset.jpThemeName === theme);
    // The colours come with a stylesheet of their own.
    await this.until(() => getComputedStyle(document.body).getPropertyValue("--jp-layout-color0") !== "");
    // While it comes, JupyterLab's splash lies over the page and fades only slowly.
    await this.until(() => !document.getElementById("jupyterlab-splash"));
  },

  /** The pixels of a canvas, as the browser holds them. */
  pixels(canvas) {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let text = "";
    for (let at = 0; at < data.length; at += 32768) {
      text += String.fromCharCode(...data.subarray(at, at + 32768));
    }
    return { width, height, data: btoa(text) };
  },

  /** Notes every frame that a view draws, until `recorded` is called with the same key. */
  record(root, key) {
    const frames = [];
    const note = ({ detail }) => frames.push({ ...detail, at: performance.now() });
    root.addEventListener("nnw:drawn", note);
    this.recordings[key] = () => {
      root.removeEventListener("nnw:drawn", note);
      return frames;
    };
  },

  recorded(key) {
    const frames = this.recordings[key]();
    delete this.recordings[key];
    return frames;
  },

  recordings: {},
};
