const PATHS = {
  plus: 'M12 5v14M5 12h14', close: 'M6 6l12 12M18 6L6 18', copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  late: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v6M12 16.5v.1', done: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12.2l2.8 2.8 5.2-5.7',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4', camera: 'M4 8h4l1.5-3h5L16 8h4v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z',
  download: 'M12 4v11M7 10l5 5 5-5M4 20h16', upload: 'M12 16V5M7 10l5-5 5 5M4 20h16', retry: 'M4 4v5h5M4.5 9A8.5 8.5 0 1 1 3.5 13', edit: 'M4 20l1-4L16 5l3 3L8 19z',
  warn: 'M12 4l9 16H3zM12 10v4.5M12 17v.1',
  back: 'M15 5l-7 7 7 7', next: 'M9 5l7 7-7 7',
}

export function Icon({ name }) {
  return <svg className="ls-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d={PATHS[name]} /></svg>
}
